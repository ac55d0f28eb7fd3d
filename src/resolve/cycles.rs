//! Finds objects that contain themselves, where Rust needs a `Box`.

use crate::ir::{Arena, Object, ObjectId, Type, Union, UnionId};

/// What values contain directly, without a list or map between.
struct Holding {
    objects: Vec<Vec<Held>>,
    unions: Vec<Vec<Held>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Object(ObjectId),
    Union(UnionId),
}

/// Marks the properties that lead back to their own object without a list or map between. Unions need no `Box` of their
/// own: a union that contains itself does so through an object.
pub(super) fn box_cycles(objects: &mut Arena<Object>, unions: &Arena<Union>) {
    let properties = |object: &Object| object.properties.iter().filter_map(|it| held(&it.ty)).collect();
    let forms = |union: &Union| union.forms.iter().filter_map(|form| held(&form.ty)).collect();
    let holding = Holding {
        objects: objects.values().map(properties).collect(),
        unions: unions.values().map(forms).collect(),
    };
    let ids: Vec<ObjectId> = objects.iter().map(|(id, _)| id).collect();
    for id in ids {
        let boxed: Vec<bool> = objects[id]
            .properties
            .iter()
            .map(|property| held(&property.ty).is_some_and(|target| holding.reaches(target, id)))
            .collect();
        for (property, boxed) in objects[id].properties.iter_mut().zip(boxed) {
            property.boxed = boxed;
        }
    }
}

/// Returns what a value of the type contains directly.
fn held(ty: &Type) -> Option<Held> {
    match ty {
        Type::Object(id) => Some(Held::Object(*id)),
        Type::Union(id) => Some(Held::Union(*id)),
        _ => None,
    }
}

impl Holding {
    fn reaches(&self, from: Held, to: ObjectId) -> bool {
        let mut seen_objects = vec![false; self.objects.len()];
        let mut seen_unions = vec![false; self.unions.len()];
        let mut waiting = vec![from];
        while let Some(at) = waiting.pop() {
            let (seen, held) = match at {
                Held::Object(id) if id == to => return true,
                Held::Object(id) => (&mut seen_objects[id.index()], &self.objects[id.index()]),
                Held::Union(id) => (&mut seen_unions[id.index()], &self.unions[id.index()]),
            };
            if !std::mem::replace(seen, true) {
                waiting.extend(held);
            }
        }
        false
    }
}
