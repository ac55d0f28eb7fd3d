//! The fields that clients write and never read.
//!
//! A column or a relation is write-only if its model says `writeOnly`, or if any serializer takes it by a write-only
//! field, unless it is a key that the same serializer shows by another field. Then no serializer shows it under any
//! name, and clients can neither find, order nor group rows by it. Only [`Resolver::secret`] determines this, and the
//! reason.

use super::declarations::SerializerDeclaration;
use super::resolver::Resolver;
use super::write_only::{FieldPlace, Member, NamedBy, Secret, Secrets};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, FieldSource, ModelId, Nested, NestedOf, SerializerField, SerializerId, SerializerOf, Via,
};
use crate::source::Span;

impl<'a> Resolver<'a> {
    /// Returns the reason why clients must not read a member of a model. It returns `None` if they may.
    pub(super) fn secret(&self, model: ModelId, member: Member) -> Option<Secret> {
        let said = self.secrets.get(&(model, member)).copied();
        match member {
            Member::Column(_) => said,
            Member::Relation(position) => said.or_else(|| self.secret_way(model, position)),
        }
    }

    /// Returns the reason of a relation: the keys of related rows reveal the columns that relate them.
    fn secret_way(&self, model: ModelId, position: usize) -> Option<Secret> {
        let relation = &self.models[model].relations[position];
        let between = match &relation.via {
            Via::Column(column) | Via::One(column) => {
                return self.secret(relation.target, Member::Column(*column));
            }
            Via::Table(between) => between,
        };
        let is_way_back = |via: &Via| matches!(via, Via::Table(other) if other.table == between.table && other.from == between.to);
        let others = self.models[relation.target].relations.iter().enumerate();
        let back = others
            .filter(|(_, other)| other.target == model && is_way_back(&other.via))
            .find_map(|(back, _)| self.secrets.get(&(relation.target, Member::Relation(back))).copied());
        back.or_else(|| {
            let through = between.model?;
            let mut columns = self.models[through].fields.iter().enumerate();
            columns.find_map(|(column, field)| {
                let relates = field.column == between.from || field.column == between.to;
                self.secret(through, Member::Column(column)).filter(|_| relates)
            })
        })
    }

    /// Determines what is write-only. The fields of all serializers must be known.
    pub(super) fn find_secrets(&mut self, declarations: &[SerializerDeclaration<'a>]) {
        let mut secrets = Secrets::new();
        for declaration in &self.model_declarations {
            let properties = declaration.schema.and_then(|schema| schema.properties.as_ref());
            for (name, property) in properties.iter().flat_map(|key| &key.value.entries) {
                let said = property.as_ref().and_then(|property| property.write_only.as_ref());
                let Some(said) = said.filter(|key| key.value) else { continue };
                let relation = || self.find_relation(declaration.id, &name.value).map(Member::Relation);
                let column = self.find_field(declaration.id, &name.value).map(Member::Column);
                if let Some(member) = column.or_else(relation) {
                    let of = (declaration.id, member);
                    secrets.insert(of, Secret { span: said.key, by: None, of });
                }
            }
        }
        for declaration in declarations {
            let SerializerOf::Model(model) = self.serializers[declaration.id].of else { continue };
            for field in &self.serializers[declaration.id].fields {
                if field.access != Access::WriteOnly {
                    continue;
                }
                let place = self.field_places.get(&(declaration.id, field.wire.clone()));
                let span = place
                    .map_or(declaration.span, |place| place.write_only.map_or(place.named, |(span, _)| span));
                for member in self.taken_by(field, &mut vec![declaration.id]) {
                    if !self.shows_what_it_leads_to(declaration.id, model, member) {
                        let of = (model, member);
                        secrets.entry(of).or_insert(Secret { span, by: Some(declaration.id), of });
                    }
                }
            }
        }
        // A write-only primary key was reported: it identifies rows.
        secrets.retain(|(model, member), _| *member != Member::Column(self.models[*model].key));
        for (model, member) in secrets.keys() {
            if let Member::Column(column) = member {
                self.models[*model].fields[*column].secret = true;
            }
        }
        self.secrets = secrets;
    }

    /// Returns the members that a field of a serializer takes. `inside` contains the serializers around the field.
    fn taken_by(&self, field: &SerializerField, inside: &mut Vec<SerializerId>) -> Vec<Member> {
        match field.source {
            FieldSource::Column(column) => vec![Member::Column(column)],
            FieldSource::Keys(relation) => vec![Member::Relation(relation)],
            FieldSource::Nested(Nested { of: NestedOf::ForeignKey(column), .. }) => {
                vec![Member::Column(column)]
            }
            FieldSource::Nested(Nested {
                of: NestedOf::Relation(relation) | NestedOf::Back(relation),
                ..
            }) => {
                vec![Member::Relation(relation)]
            }
            FieldSource::Nested(Nested { of: NestedOf::Row, serializer }) => {
                if inside.contains(&serializer) {
                    return Vec::new();
                }
                inside.push(serializer);
                let fields = self.serializers[serializer].fields.iter();
                let taken = fields.filter(|field| field.access != Access::ReadOnly);
                taken.flat_map(|field| self.taken_by(field, inside)).collect()
            }
            FieldSource::Along { .. } | FieldSource::Method(_) | FieldSource::Payload(_) => Vec::new(),
        }
    }

    /// Tells whether a serializer that takes keys shows the rows to which they lead by another field: `room_id` beside
    /// `room`.
    fn shows_what_it_leads_to(&self, serializer: SerializerId, model: ModelId, member: Member) -> bool {
        let leads = match member {
            Member::Column(column) => self.models[model].fields[column].foreign_key.is_some(),
            Member::Relation(_) => true,
        };
        let mut shown = self.serializers[serializer].fields.iter();
        leads
            && shown.any(|field| {
                field.access != Access::WriteOnly
                    && self.shown_by(model, &field.source).first() == Some(&(model, member))
            })
    }

    /// Reports the fields of serializers that would show what is write-only.
    pub(super) fn check_shown(&self, declarations: &[SerializerDeclaration<'a>]) {
        for declaration in declarations {
            let SerializerOf::Model(model) = self.serializers[declaration.id].of else { continue };
            let fields = self.serializers[declaration.id].fields.iter();
            for field in fields.filter(|field| field.access != Access::WriteOnly) {
                let place = self.field_places.get(&(declaration.id, field.wire.clone()));
                let slug = self.slug_member(model, field);
                for (owner, member) in self.shown_by(model, &field.source).into_iter().chain(slug) {
                    if let (Some(place), Some(secret)) = (place, self.secret(owner, member)) {
                        self.refuse_shown(declaration.id, place, (owner, member), secret);
                    }
                }
            }
        }
    }

    /// Returns the column by which a field names the rows of a relation.
    fn slug_member(&self, model: ModelId, field: &SerializerField) -> Option<(ModelId, Member)> {
        let target = match field.source {
            FieldSource::Column(column) => self.models[model].fields[column].foreign_key.as_ref()?.model,
            FieldSource::Keys(relation) => self.models[model].relations[relation].target,
            _ => return None,
        };
        field.slug.map(|column| (target, Member::Column(column)))
    }

    /// Returns the members of models that a field of a serializer lets clients read.
    fn shown_by(&self, model: ModelId, source: &FieldSource) -> Vec<(ModelId, Member)> {
        match source {
            FieldSource::Column(column)
            | FieldSource::Nested(Nested { of: NestedOf::ForeignKey(column), .. }) => {
                vec![(model, Member::Column(*column))]
            }
            FieldSource::Keys(relation)
            | FieldSource::Nested(Nested {
                of: NestedOf::Relation(relation) | NestedOf::Back(relation),
                ..
            }) => {
                vec![(model, Member::Relation(*relation))]
            }
            FieldSource::Along { path, column, .. } => {
                let mut owner = model;
                let mut shown = Vec::new();
                for step in path {
                    shown.push((owner, Member::of(*step)));
                    owner = self.models[owner].target(*step).unwrap_or(owner);
                }
                shown.push((owner, Member::Column(*column)));
                shown
            }
            // The fields of that serializer are checked themselves. The application is responsible for what a method
            // returns.
            FieldSource::Nested(Nested { of: NestedOf::Row, .. })
            | FieldSource::Method(_)
            | FieldSource::Payload(_) => Vec::new(),
        }
    }

    fn refuse_shown(
        &self,
        serializer: SerializerId,
        place: &FieldPlace,
        (model, member): (ModelId, Member),
        secret: Secret,
    ) {
        let name = self.member(model, member);
        let diagnostic = self.never_shown(place.shown_at(), (model, member), secret);
        let spelled_out = place.source.is_some() || place.write_only.is_some();
        let (label, remedy) = match place.by {
            _ if spelled_out => ("", "leave the field out".to_owned()),
            NamedBy::Name => ("", "leave it out".to_owned()),
            NamedBy::All => (
                "every field of the model",
                format!("write {} instead", quote(&format!("\"exclude\": [\"{name}\"]"))),
            ),
            NamedBy::Exclude => ("every field but these", format!("exclude {}, too", quote(name))),
        };
        let too = match secret.by {
            Some(by) if by != serializer && !spelled_out && secret.of == (model, member) => {
                ", make it write-only here, too (`\"write_only\": true` in `extra_kwargs`)"
            }
            _ => "",
        };
        let elsewhere = match secret.by {
            None => "remove `writeOnly` from the model".to_owned(),
            Some(by) => format!("let {} show it", quote(&self.serializers[by].name.pascal())),
        };
        self.report(diagnostic.label(label).help(format!("{remedy}{too}, or {elsewhere}")));
    }

    /// Returns the diagnostic of a place that would show something write-only.
    pub(super) fn never_shown(
        &self,
        span: Span,
        (model, member): (ModelId, Member),
        secret: Secret,
    ) -> Diagnostic {
        let of = |(model, member): (ModelId, Member)| {
            format!("{} of {}", quote(self.member(model, member)), quote(&self.models[model].wire))
        };
        let shown = of((model, member));
        let message = if secret.of == (model, member) {
            format!("{shown} is write-only: it is never shown")
        } else {
            format!("{shown} would reveal {}, which is write-only", of(secret.of))
        };
        self.because(Diagnostic::error(Code::WriteOnlyField, span, message), secret)
    }

    /// Reports a key of the definition by which clients could find out something write-only. `remedy` says what the
    /// user can do.
    pub(super) fn refuse_asked(&self, name: &str, span: Span, secret: Secret, remedy: &str) {
        let message = format!("clients cannot read {}", quote(name));
        let diagnostic = Diagnostic::error(Code::UnreadableFilter, span, message);
        let help = format!("clients could find out its value with many requests; {remedy}");
        self.report(self.because(diagnostic, secret).help(help));
    }

    /// Returns the name of a member of a model.
    fn member(&self, model: ModelId, member: Member) -> &str {
        match member {
            Member::Column(column) => &self.models[model].fields[column].wire,
            Member::Relation(relation) => &self.models[model].relations[relation].wire,
        }
    }

    /// Adds the place that makes something write-only.
    pub(super) fn because(&self, diagnostic: Diagnostic, secret: Secret) -> Diagnostic {
        match secret.by {
            None => diagnostic.related(secret.span, "write-only in its model"),
            Some(by) => {
                let serializer = quote(&self.serializers[by].name.pascal());
                diagnostic.related(secret.span, format!("write-only in {serializer}"))
            }
        }
    }
}
