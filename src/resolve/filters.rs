//! The columns by which clients may filter, search and order: a subset of those that they can read.

use super::consumers::Bound;
use super::declarations::ConsumerDeclaration;
use super::resolver::Resolver;
use super::rules::describe;
use super::write_only::Member;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, FieldPath, FieldSource, ModelId, Nested, NestedOf, SerializerField, SerializerId, Step, Type,
};
use crate::source::Spanned;
use crate::syntax::Key;

/// A column by which clients may filter, search or order.
pub(super) struct Allowed<'a> {
    pub(super) name: &'a Spanned<String>,
    /// The model of the column.
    pub(super) model: ModelId,
    pub(super) reach: FieldPath,
}

impl<'a> Resolver<'a> {
    pub(super) fn filters(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
        bound: Bound,
    ) {
        let filter = self.allowed(&definition.filter, bound);
        let search = self.allowed(&definition.search, bound);
        let order_by = self.allowed(&definition.order_by, bound);
        for Allowed { name, model, reach } in &search {
            let field = &self.models[*model].fields[reach.field];
            if !matches!(field.ty, Type::Scalar(scalar) if scalar.is_text()) || field.foreign_key.is_some() {
                let message =
                    format!("{} is {}: only texts can be searched", quote(&name.value), describe(&field.ty));
                self.error(Code::BadFilter, name.span, message);
            }
        }
        for Allowed { name, model, reach } in &filter {
            if self.models[*model].fields[reach.field].file.is_some() {
                // Rows show URLs, and columns contain names: a client could not tell which rows its filter concerns.
                let message = format!("{} is a file: rows cannot be filtered by it", quote(&name.value));
                let help = "order by it, or filter by a column of your own, such as its kind";
                self.report(Diagnostic::error(Code::BadFilter, name.span, message).help(help));
            }
        }
        for (names, verb) in [(&filter, "filtered by"), (&order_by, "ordered by")] {
            for Allowed { name, model, reach } in names {
                if !self.is_ordered(*model, reach.field) {
                    let kind = describe(&self.models[*model].fields[reach.field].ty);
                    let message = format!("{} is {kind}: rows cannot be {verb} it", quote(&name.value));
                    self.error(Code::BadFilter, name.span, message);
                }
            }
        }
        let reaches = |names: Vec<Allowed<'_>>| names.into_iter().map(|allowed| allowed.reach).collect();
        let consumer = &mut self.consumers[declaration.id];
        consumer.filter = reaches(filter);
        consumer.search = reaches(search);
        consumer.order_by = reaches(order_by);
    }

    /// Returns the listed columns, if clients can read them.
    fn allowed(&self, names: &'a Option<Key<Vec<Spanned<String>>>>, bound: Bound) -> Vec<Allowed<'a>> {
        let Some(names) = names else { return Vec::new() };
        let again = self.no_duplicates(&names.value);
        let first = names.value.iter().enumerate().filter(|(index, _)| !again.contains(index));
        first.filter_map(|(_, name)| self.reach(name, bound)).collect()
    }

    fn reach(&self, name: &'a Spanned<String>, bound: Bound) -> Option<Allowed<'a>> {
        let bound = self.showing(name, bound);
        let serializer = &self.serializers[bound.serializer];
        let is_own = serializer.fields.iter().any(|field| field.wire == name.value)
            || self.find_field(bound.model, &name.value).is_some();
        if !is_own && name.value.contains("__") {
            return self.reach_across(name, bound);
        }
        let member = self.readable(name, bound)?;
        // Messages to clients use the name that answers use.
        let shown = |field: &&SerializerField| member_of(&field.source) == Some(member);
        let shown = serializer.fields.iter().find(shown);
        let wire = serializer.fields.iter().find(|shown| shown.wire == name.value).or(shown)?.wire.clone();
        let (model, path, field) = match member {
            Member::Column(field) => (bound.model, Vec::new(), field),
            // A one-to-one relation is compared by the key of the row to which it leads.
            Member::Relation(relation) => {
                let target = self.models[bound.model].relations[relation].target;
                (target, vec![Step::Back(relation)], self.models[target].key)
            }
        };
        Some(Allowed { name, model, reach: FieldPath { wire, path, field } })
    }

    /// Returns the serializer in which clients can read a field: that of the consumer, or that of its lists.
    fn showing(&self, name: &Spanned<String>, bound: Bound) -> Bound {
        // The first part of a path across foreign keys is a field, too.
        let first = name.value.split("__").next().unwrap_or_default();
        let shows = |id: SerializerId| {
            let named = |wire: &str| wire == name.value || wire == first;
            self.serializers[id]
                .fields
                .iter()
                .any(|field| named(&field.wire) && field.access != Access::WriteOnly)
        };
        let listed = !shows(bound.serializer) && shows(bound.listed);
        Bound { serializer: if listed { bound.listed } else { bound.serializer }, ..bound }
    }

    /// Returns a column or a one-to-one relation of the consumer's model that clients can read.
    pub(super) fn readable(&self, name: &Spanned<String>, bound: Bound) -> Option<Member> {
        let serializer = &self.serializers[bound.serializer];
        let field = serializer.fields.iter().find(|field| field.wire == name.value).or_else(|| {
            // `pk` is the primary key, whatever its name in the serializer is.
            let key = FieldSource::Column(self.models[bound.model].key);
            serializer.fields.iter().find(|field| name.value == "pk" && field.source == key)
        });
        if let Some(field) = field.filter(|field| field.access != Access::WriteOnly) {
            let is_single = |member: &Member| match *member {
                Member::Column(_) => true,
                Member::Relation(relation) => self.models[bound.model].relations[relation].is_one(),
            };
            let Some(member) = member_of(&field.source).filter(is_single) else {
                self.no_column(name);
                return None;
            };
            return self.is_askable(name, bound.model, member).then_some(member);
        }
        if !bound.sound {
            return None;
        }
        if field.is_none() && self.find_field(bound.model, &name.value).is_none() {
            let message = format!(
                "the serializer {} has no field {}",
                quote(&serializer.name.pascal()),
                quote(&name.value)
            );
            let readable = serializer.fields.iter().filter(|field| field.access != Access::WriteOnly);
            let near = self.nearest(&name.value, readable.map(|field| field.wire.as_str()));
            if self.model_facts[bound.model.index()].broken.contains(&name.value) {
                return None;
            }
            self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
            return None;
        }
        let position =
            field.map_or_else(|| self.find_field(bound.model, &name.value), |field| field.column());
        if position.is_none_or(|position| self.is_askable(name, bound.model, Member::Column(position))) {
            self.unreadable(name, &format!("show it in {}", quote(&serializer.name.pascal())));
        }
        None
    }

    fn no_column(&self, name: &Spanned<String>) {
        let message = format!("{} is not a column of the model", quote(&name.value));
        let help = "rows can be filtered, searched and ordered only by columns";
        self.report(Diagnostic::error(Code::BadFilter, name.span, message).help(help));
    }

    /// Tells whether clients may use a member of a model in a request. It reports a write-only member.
    pub(super) fn is_askable(&self, name: &Spanned<String>, model: ModelId, member: Member) -> bool {
        let Some(secret) = self.secret(model, member) else { return true };
        self.refuse_asked(&name.value, name.span, secret, "leave it out here");
        false
    }

    pub(super) fn unreadable(&self, name: &Spanned<String>, remedy: &str) {
        let message = format!("clients cannot read {}", quote(&name.value));
        let diagnostic = Diagnostic::error(Code::UnreadableFilter, name.span, message);
        let help =
            format!("clients could find out its value with many requests; {remedy}, or leave it out here");
        self.report(diagnostic.help(help));
    }

    /// Tells whether the values of a column can be compared.
    pub(super) fn is_ordered(&self, model: ModelId, field: usize) -> bool {
        matches!(self.models[model].fields[field].ty, Type::Scalar(_) | Type::Enum(_))
    }
}

/// Returns the column or the relation that a field shows, as it is or as a row.
pub(super) fn member_of(source: &FieldSource) -> Option<Member> {
    match *source {
        FieldSource::Column(column)
        | FieldSource::Nested(Nested { of: NestedOf::ForeignKey(column), .. }) => {
            Some(Member::Column(column))
        }
        FieldSource::Keys(relation)
        | FieldSource::Nested(Nested {
            of: NestedOf::Relation(relation) | NestedOf::Back(relation), ..
        }) => Some(Member::Relation(relation)),
        FieldSource::Nested(Nested { of: NestedOf::Row, .. })
        | FieldSource::Along { .. }
        | FieldSource::Method(_)
        | FieldSource::Payload(_) => None,
    }
}
