//! Objects that hold themselves: where Rust needs a box.

use crate::ir::{Arena, Object, ObjectId, Type};

/// Marks the properties that lead back to their own object without a list or map between.
pub(super) fn box_cycles(objects: &mut Arena<Object>) {
    let edges: Vec<Vec<ObjectId>> = objects
        .values()
        .map(|object| object.properties.iter().filter_map(|property| held(&property.ty)).collect())
        .collect();
    let ids: Vec<ObjectId> = objects.iter().map(|(id, _)| id).collect();
    for id in ids {
        let boxed: Vec<bool> = objects[id]
            .properties
            .iter()
            .map(|property| held(&property.ty).is_some_and(|target| reaches(&edges, target, id)))
            .collect();
        for (property, boxed) in objects[id].properties.iter_mut().zip(boxed) {
            property.boxed = boxed;
        }
    }
}

/// The object that a value of the type holds in itself.
fn held(ty: &Type) -> Option<ObjectId> {
    match ty {
        Type::Object(id) => Some(*id),
        _ => None,
    }
}

fn reaches(edges: &[Vec<ObjectId>], from: ObjectId, to: ObjectId) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut waiting = vec![from];
    while let Some(id) = waiting.pop() {
        if id == to {
            return true;
        }
        if !std::mem::replace(&mut seen[id.index()], true) {
            waiting.extend(&edges[id.index()]);
        }
    }
    false
}
