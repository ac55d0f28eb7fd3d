//! Primary keys that are one-to-one relations: the key of a row is that of the row to which it refers.

use super::declarations::ModelDeclaration;
use super::resolver::Resolver;
use crate::diag::{Code, Diagnostic, quote_all};
use crate::ir::ModelId;

/// The models to which primary keys lead.
enum KeyPath {
    /// The last model has a key of its own.
    Ends(ModelId),
    /// The keys lead in a circle, through these models.
    Circle(Vec<ModelId>),
}

impl<'a> Resolver<'a> {
    /// Returns the model whose primary key is behind that of a model: the model itself, or the last one to which keys
    /// that are one-to-one relations lead. It returns `None` if they lead in a circle.
    pub(super) fn key_behind(&self, id: ModelId) -> Option<ModelId> {
        match self.key_path(id) {
            KeyPath::Ends(last) => Some(last),
            KeyPath::Circle(_) => None,
        }
    }

    fn key_path(&self, id: ModelId) -> KeyPath {
        let (mut path, mut last) = (Vec::new(), id);
        loop {
            if let Some(start) = path.iter().position(|other| *other == last) {
                return KeyPath::Circle(path.split_off(start));
            }
            let model = &self.models[last];
            let key = model.fields.get(model.key).and_then(|key| key.foreign_key.as_ref());
            let Some(next) = key else { return KeyPath::Ends(last) };
            path.push(last);
            last = next.model;
        }
    }

    /// Reports primary keys that refer to each other in a circle: no row could be the first.
    pub(super) fn check_key_circles(&self, declarations: &[ModelDeclaration<'a>]) {
        for declaration in declarations {
            let KeyPath::Circle(circle) = self.key_path(declaration.id) else { continue };
            // A circle is reported once, at the model that is declared first.
            if circle.iter().map(|id| id.index()).min() != Some(declaration.id.index()) {
                continue;
            }
            let model = &self.models[declaration.id];
            let properties = declaration.schema.and_then(|schema| schema.properties.as_ref());
            let property = properties.and_then(|key| key.value.get(&model.fields[model.key].wire).flatten());
            let key = property.and_then(|property| property.primary_key.as_ref());
            let span = key.map_or(declaration.span, |key| key.key);
            let names = quote_all(circle.iter().map(|id| self.models[*id].wire.as_str()), "and");
            let message = match circle.as_slice() {
                [_] => format!("the primary key of {names} refers to {names} itself"),
                _ => format!("the primary keys of {names} refer to each other in a circle"),
            };
            let help = "give one of these models a key of its own, such as an integer";
            self.report(Diagnostic::error(Code::BadPrimaryKey, span, message).help(help));
        }
    }
}
