//! Reports keywords that are not supported, or not in their place. No keyword is ignored.

use super::composition::is_closed;
use super::resolver::Resolver;
use super::stands::Stands;
use crate::ast::{Index, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::source::Span;

impl Resolver<'_> {
    /// Reports that a key is known but not supported.
    pub(super) fn unsupported(&self, key: &str, span: Span, help: Option<&str>) {
        let message = format!("{} is not supported yet", quote(key));
        let diagnostic = Diagnostic::error(Code::UnsupportedKeyword, span, message);
        self.report(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }

    /// Reports the keywords of a schema that no type expresses or that have no meaning in its place. It tells whether
    /// there are none.
    pub(super) fn keywords_are_honoured(&self, schema: &Schema, stands: Stands) -> bool {
        let mut unsupported: Vec<(&str, Span, Option<&str>)> = Vec::new();
        macro_rules! unsupported {
            ($($field:ident $name:literal $help:expr,)*) => {
                $(if let Some(key) = &schema.$field { unsupported.push(($name, key.key, $help)); })*
            };
        }
        let spell_out = Some("check it in the application, for example in a validator");
        unsupported! {
            if_ "if" spell_out,
            then "then" spell_out,
            else_ "else" spell_out,
            not "not" spell_out,
            pattern_properties "patternProperties" Some("describe all values with `additionalProperties`"),
            property_names "propertyNames" spell_out,
            min_properties "minProperties" spell_out,
            max_properties "maxProperties" spell_out,
            dependent_required "dependentRequired" spell_out,
            dependent_schemas "dependentSchemas" spell_out,
            dependencies "dependencies" spell_out,
            prefix_items "prefixItems" Some("describe all items with `items`, or use an object"),
            contains "contains" spell_out,
            min_contains "minContains" spell_out,
            max_contains "maxContains" spell_out,
            unevaluated_items "unevaluatedItems" None,
            unevaluated_properties "unevaluatedProperties" Some("set `\"additionalProperties\": false`"),
            content_encoding "contentEncoding" Some("for base64, set `\"format\": \"byte\"`"),
            content_media_type "contentMediaType" None,
            content_schema "contentSchema" None,
            dynamic_ref "$dynamicRef" Some("refer with `$ref`"),
            dynamic_anchor "$dynamicAnchor" Some("name the type in `$defs`"),
            anchor "$anchor" Some("name the type in `$defs`"),
            id "$id" Some("refer to files by their paths"),
            vocabulary "$vocabulary" None,
            definitions "definitions" Some("call it `$defs`"),
            format_is "x-format" Some("formats of fields are always asserted"),
        }
        // Beside several parts it says what `additionalProperties: false` cannot say: see `composition`.
        if schema.all_of.is_some() && is_closed(schema) {
            unsupported.retain(|(name, ..)| *name != "unevaluatedProperties");
        }
        if let Some(defs) = &schema.defs
            && !self.is_whole_file(schema)
        {
            unsupported.push(("$defs", defs.key, Some("move it to the `$defs` of the document")));
        }
        for (name, span, help) in &unsupported {
            self.unsupported(name, *span, *help);
        }
        let misplaced = self.misplaced(schema, stands);
        unsupported.is_empty() && !misplaced
    }

    /// Reports names and descriptions of values without values, and two lists of names.
    fn names_nothing(&self, schema: &Schema) -> bool {
        let names = [&schema.enum_names, &schema.enum_names_alias];
        let [own, alias] = names.map(|key| key.as_ref().map(|key| key.key));
        let descriptions = schema.enum_descriptions.as_ref().map(|key| key.key);
        if let (Some(own), Some(alias)) = (own, alias) {
            let message = "`x-enumNames` means the same as `x-enum-varnames`";
            self.report(Diagnostic::error(Code::ConflictingKeys, alias, message).related(own, "the other"));
            return true;
        }
        if schema.variants.is_some() {
            return false;
        }
        let lists = [("x-enum-varnames", own), ("x-enumNames", alias), ("x-enum-descriptions", descriptions)];
        let found: Vec<_> = lists.into_iter().filter_map(|(name, span)| Some((name, span?))).collect();
        for (name, span) in &found {
            self.error(Code::MisplacedKeyword, *span, format!("{} applies only beside `enum`", quote(name)));
        }
        !found.is_empty()
    }

    /// Reports keywords of the database in a place that is not a table or a column.
    pub(super) fn misplaced(&self, schema: &Schema, stands: Stands) -> bool {
        let mut found = false;
        let mut check = |name: &str, span: Option<Span>, home: Stands| {
            if let Some(span) = span
                && home != stands
            {
                let place = match home {
                    Stands::Model => "a model",
                    Stands::Column | Stands::Type => "a property of a model",
                };
                let message = format!("{} applies only to {place}", quote(name));
                self.error(Code::MisplacedKeyword, span, message);
                found = true;
            }
        };
        // The table of a many-to-many relation has a name of its own.
        if schema.many_to_many.is_none() {
            check("x-table", schema.table.as_ref().map(|key| key.key), Stands::Model);
        }
        macro_rules! belongs {
            ($($field:ident $name:literal $home:ident,)*) => {
                $(check($name, schema.$field.as_ref().map(|key| key.key), Stands::$home);)*
            };
        }
        belongs! {
            managed "x-managed" Model,
            storage "x-storage" Model,
            observe_database "x-observe-database" Model,
            unique_together "x-unique-together" Model,
            constraints "x-constraints" Model,
            ordering "x-ordering" Model,
            column "x-column" Column,
            primary_key "x-primary-key" Column,
            unique "x-unique" Column,
            foreign_key "x-foreign-key" Column,
            one_to_one "x-one-to-one" Column,
            many_to_many "x-many-to-many" Column,
            through "x-through" Column,
            on_delete "x-on-delete" Column,
            related_name "x-related-name" Column,
            read_only "readOnly" Column,
            write_only "writeOnly" Column,
            auto_now_add "x-auto-now-add" Column,
            auto_now "x-auto-now" Column,
            default_by "x-default" Column,
            backfill "x-backfill" Column,
            sql "x-sql" Column,
            file "x-file" Column,
        }
        if stands == Stands::Type {
            check("x-was", schema.was.as_ref().map(|key| key.key), Stands::Column);
            check("x-collation", schema.collation.as_ref().map(|key| key.key), Stands::Column);
            check("x-drop", schema.drop.as_ref().map(|key| key.key), Stands::Column);
            check("x-index", schema.index.as_ref().map(|key| key.key), Stands::Column);
        } else if let Some(index) = &schema.index {
            let fits = matches!((&index.value, stands), (Index::Single(_), Stands::Column))
                || matches!((&index.value, stands), (Index::Together(_), Stands::Model));
            if !fits {
                let message =
                    "`x-index` is a boolean in a property, and an array of arrays of properties in a model";
                self.error(Code::MisplacedKeyword, index.span, message);
                found = true;
            }
        }
        found | self.names_nothing(schema)
    }
}
