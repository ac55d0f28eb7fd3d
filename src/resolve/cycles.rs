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

/// Marks the properties that lead back to their own object without a list or map between. A union that
/// contains itself does so through an object, or through a tuple, which is then marked.
pub(super) fn box_cycles(objects: &mut Arena<Object>, unions: &mut Arena<Union>) {
    let properties = |object: &Object| object.properties.iter().flat_map(|it| held(&it.ty)).collect();
    let forms = |union: &Union| union.forms.iter().flat_map(|form| held(&form.ty)).collect();
    let holding = Holding {
        objects: objects.values().map(properties).collect(),
        unions: unions.values().map(forms).collect(),
    };
    let ids: Vec<ObjectId> = objects.iter().map(|(id, _)| id).collect();
    for id in ids {
        let boxed: Vec<bool> = objects[id]
            .properties
            .iter()
            .map(|property| {
                held(&property.ty).into_iter().any(|held| holding.reaches(held, Held::Object(id)))
            })
            .collect();
        for (property, boxed) in objects[id].properties.iter_mut().zip(boxed) {
            property.boxed = boxed;
        }
    }
    let ids: Vec<UnionId> = unions.iter().map(|(id, _)| id).collect();
    for id in ids {
        for form in unions[id].forms.iter_mut().filter(|form| matches!(form.ty, Type::Tuple(_))) {
            form.boxed = held(&form.ty).into_iter().any(|held| holding.reaches(held, Held::Union(id)));
        }
    }
}

/// Returns what a value of the type contains directly.
fn held(ty: &Type) -> Vec<Held> {
    match ty {
        Type::Object(id) => vec![Held::Object(*id)],
        Type::Union(id) => vec![Held::Union(*id)],
        Type::Tuple(elements) => elements.iter().flat_map(|element| held(&element.ty)).collect(),
        _ => Vec::new(),
    }
}

impl Holding {
    fn reaches(&self, from: Held, to: Held) -> bool {
        let mut seen_objects = vec![false; self.objects.len()];
        let mut seen_unions = vec![false; self.unions.len()];
        let mut waiting = vec![from];
        while let Some(at) = waiting.pop() {
            if at == to {
                return true;
            }
            let (seen, held) = match at {
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
