//! Many-to-many relations, and the reverse relations from other models.

use super::declarations::ModelDeclaration;
use super::names::Identifier;
use super::resolver::Resolver;
use super::shape::docs;
use super::stands::Stands;
use crate::ast::{JsonType, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Between, Docs, Model, ModelId, Name, Relation, Storage, Via};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// A many-to-many relation whose other model may not be known yet.
pub(super) struct PendingRelation<'a> {
    pub(super) model: ModelId,
    pub(super) key: &'a Spanned<String>,
    pub(super) schema: &'a Schema,
    pub(super) required: bool,
}

impl<'a> Resolver<'a> {
    /// Resolves the relations between tables. All tables must be known.
    pub(super) fn resolve_relations(
        &mut self,
        declarations: &[ModelDeclaration<'a>],
        pending: &[PendingRelation<'a>],
    ) {
        let mut back: Vec<(ModelId, Relation)> = Vec::new();
        for pending in pending {
            match self.many_to_many(declarations, pending) {
                Some((relation, way_back)) => {
                    back.extend(way_back.map(|way_back| (relation.target, way_back)));
                    self.models[pending.model].relations.push(relation);
                }
                None => self.model_facts[pending.model.index()].broken.push(pending.key.value.clone()),
            }
        }
        for declaration in declarations {
            for (position, field) in self.models[declaration.id].fields.iter().enumerate() {
                let Some(foreign_key) = &field.foreign_key else { continue };
                let Some(name) = &foreign_key.related_name else { continue };
                let (via, rows) = match foreign_key.one {
                    true => (Via::One(position), "row"),
                    false => (Via::Column(position), "rows"),
                };
                let docs = format!("The {rows} of `{}` whose `{}` it is.", declaration.wire, field.wire);
                back.push((foreign_key.model, way_back(name, declaration.id, via, false, docs)));
            }
        }
        for (model, relation) in back {
            self.models[model].relations.push(relation);
        }
    }

    /// Returns the relation of a property, and its reverse relation if that has a name.
    fn many_to_many(
        &self,
        declarations: &[ModelDeclaration<'a>],
        pending: &PendingRelation<'a>,
    ) -> Option<(Relation, Option<Relation>)> {
        let schema = pending.schema;
        let target = schema.many_to_many.as_ref()?;
        if !self.keywords_are_honoured(schema, Stands::Column) {
            return None;
        }
        self.only_a_relation(schema)?;
        let Some(other) = declarations.iter().find(|declared| declared.wire == target.value) else {
            self.unknown_model(target);
            return None;
        };
        let between = match &schema.through {
            Some(through) => self.through(declarations, pending.model, other.id, through)?,
            None => self.between(pending, other.id)?,
        };
        if let Some(name) = &schema.related_name {
            self.name(&name.value, name.span, "the reverse relation");
        }
        let is_true = |key: &Option<Key<bool>>| key.as_ref().is_some_and(|key| key.value);
        let through = between.model.is_some();
        let read_only = is_true(&schema.read_only) || through;
        if let Some(write_only) = schema.write_only.as_ref().filter(|key| key.value && read_only) {
            let message = "`writeOnly` and read-only exclude each other";
            let diagnostic = Diagnostic::error(Code::ConflictingKeys, write_only.key, message);
            self.report(
                diagnostic.help("a relation with `x-through` is written by creating rows of that model"),
            );
        }
        let turned = Between { from: between.to.clone(), to: between.from.clone(), ..between.clone() };
        let back = schema.related_name.as_ref().map(|name| {
            let docs = format!(
                "The rows of `{}` whose `{}` it is among.",
                self.models[pending.model].wire, pending.key.value
            );
            way_back(&name.value, pending.model, Via::Table(turned), through, docs)
        });
        let blank = schema.min_items.is_some();
        let relation = Relation {
            name: Name::parse(&pending.key.value),
            wire: pending.key.value.clone(),
            target: other.id,
            via: Via::Table(between),
            declared: true,
            was: self.former_name(schema, &pending.key.value),
            required: (pending.required || !blank) && !read_only,
            blank,
            read_only,
            write_only: is_true(&schema.write_only),
            docs: docs(&schema.title, &schema.description, &schema.deprecated),
        };
        Some((relation, back))
    }

    /// Returns the table that is created for a relation, with the names that Django gives it.
    fn between(&self, pending: &PendingRelation<'a>, other: ModelId) -> Option<Between> {
        let model = &self.models[pending.model];
        let (table, span) = match &pending.schema.table {
            Some(table) => (table.value.clone(), table.span),
            None => {
                (format!("{}_{}", model.table, Name::parse(&pending.key.value).snake()), pending.key.span)
            }
        };
        self.identifier(&table, span, Identifier::Table { managed: model.managed });
        if let Some(same) = self.models.values().find(|model| model.table.eq_ignore_ascii_case(&table)) {
            let message = format!("the table of {} is called {}, too", quote(&same.wire), quote(&table));
            let diagnostic = Diagnostic::error(Code::NameCollision, span, message);
            self.report(diagnostic.help("give one of them another table with `x-table`"));
            return None;
        }
        let relations = self.models.values().flat_map(|model| &model.relations);
        let same = relations.filter(|relation| relation.declared).find(
            |relation| matches!(&relation.via, Via::Table(other) if other.table.eq_ignore_ascii_case(&table)),
        );
        if let Some(same) = same {
            let message =
                format!("the table of the relation {} is called {}, too", quote(&same.wire), quote(&table));
            let diagnostic = Diagnostic::error(Code::NameCollision, span, message);
            self.report(diagnostic.help("give one of them another table with `x-table`"));
            return None;
        }
        // Django joins the words of a name: the column for rows of `PriceTag` is `pricetag_id`.
        let is_django = model.storage == Storage::Django;
        // It does not name the application.
        let word = |model: &Model| match is_django {
            true => model.of_application().1.to_lowercase(),
            false => model.spoken().snake(),
        };
        let (own, others) = (word(model), word(&self.models[other]));
        let (from, to) = if own == others {
            (format!("from_{own}_id"), format!("to_{own}_id"))
        } else {
            (format!("{own}_id"), format!("{others}_id"))
        };
        for column in [&from, &to] {
            self.identifier(column, pending.key.span, Identifier::Column);
        }
        Some(Between { table, from, to, model: None })
    }

    /// Returns the table of a relation that is a model, which must have one foreign key to each of the two models.
    fn through(
        &self,
        declarations: &[ModelDeclaration<'a>],
        from: ModelId,
        to: ModelId,
        through: &'a Key<String>,
    ) -> Option<Between> {
        let Some(found) = declarations.iter().find(|declared| declared.wire == through.value) else {
            self.unknown_model(through);
            return None;
        };
        let model = &self.models[found.id];
        if self.model_facts[found.id.index()].poisoned {
            return None;
        }
        let columns_to = |other: ModelId| -> Vec<&str> {
            let fields = model.fields.iter();
            let refers =
                fields.filter(|field| field.foreign_key.as_ref().is_some_and(|key| key.model == other));
            refers.map(|field| field.column.as_str()).collect()
        };
        let (own, others) = (columns_to(from), columns_to(to));
        let pair = match (from == to, own.as_slice(), others.as_slice()) {
            (true, [one, two], _) => Some((*one, *two)),
            (false, [one], [two]) => Some((*one, *two)),
            _ => None,
        };
        let Some((from_column, to_column)) = pair else {
            let message = format!(
                "{} needs one foreign key to {} and one to {}",
                quote(&model.wire),
                quote(&self.models[from].wire),
                quote(&self.models[to].wire)
            );
            self.error(Code::BadRelation, through.span, message);
            return None;
        };
        let (from, to) = (from_column.to_owned(), to_column.to_owned());
        Some(Between { table: model.table.clone(), from, to, model: Some(found.id) })
    }

    /// Reports rules and types of a relation: on the wire it is a list of keys.
    fn only_a_relation(&self, schema: &Schema) -> Option<()> {
        let mut sound = Some(());
        let mut refuse = |name: &str, span: Option<Span>| {
            if let Some(span) = span {
                let message = format!("{} does not apply beside `x-many-to-many`", quote(name));
                self.error(Code::MisplacedKeyword, span, message);
                sound = None;
            }
        };
        let types = schema
            .types
            .as_ref()
            .filter(|types| !matches!(types.value.names(), [only] if only.value == JsonType::Array));
        refuse("type", types.map(|key| key.key));
        macro_rules! nothing {
            ($($field:ident $name:literal,)*) => {
                $(refuse($name, schema.$field.as_ref().map(|key| key.key));)*
            };
        }
        nothing! {
            format "format", variants "enum", constant "const", default "default", minimum "minimum",
            maximum "maximum", exclusive_minimum "exclusiveMinimum", exclusive_maximum "exclusiveMaximum",
            multiple_of "multipleOf", min_length "minLength", max_length "maxLength", pattern "pattern",
            max_items "maxItems", unique_items "uniqueItems", properties "properties",
            required "required", additional "additionalProperties", items "items", any_of "anyOf",
            pattern_dialect "x-pattern-dialect", reference "$ref", collation "x-collation", max_digits "x-max-digits", decimal_places "x-decimal-places",
            auto_now "x-auto-now", default_by "x-default", auto_now_add "x-auto-now-add", primary_key "x-primary-key", unique "x-unique",
            index "x-index", column "x-column", foreign_key "x-foreign-key",
            one_to_one "x-one-to-one", on_delete "x-on-delete",
            sql "x-sql",
        }
        if schema.through.is_some() {
            refuse("x-table", schema.table.as_ref().map(|key| key.key));
        }
        if let Some(least) = schema.min_items.as_ref().filter(|least| least.value != 0) {
            let message = "`minItems` of a many-to-many relation is 0, which allows an empty list";
            let diagnostic = Diagnostic::error(Code::BadRule, least.span, message);
            self.report(diagnostic.help("without `minItems` the list must not be empty"));
            sound = None;
        }
        sound
    }

    /// Returns the position of a model's relation, if there is one with this name.
    pub(super) fn find_relation(&self, id: ModelId, name: &str) -> Option<usize> {
        self.models[id].relations.iter().position(|relation| relation.wire == name)
    }
}

fn way_back(name: &str, target: ModelId, via: Via, read_only: bool, text: String) -> Relation {
    Relation {
        name: Name::parse(name),
        wire: name.to_owned(),
        target,
        declared: false,
        was: None,
        // As in Django REST Framework, which knows no `blank` of a reverse relation.
        required: !read_only && matches!(via, Via::Table(_)),
        blank: true,
        via,
        read_only,
        write_only: false,
        docs: Docs { text, deprecated: false },
    }
}
