//! Columns of any SQL type, by what turns their values into those of the property and back (`x-sql`).

use super::declarations::ModelDeclaration;
use super::resolver::Resolver;
use super::sql_types;
use crate::ast::{Collation, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::escape;
use crate::ir::{self, ColumnSql, Expressions, Model};
use crate::source::Span;
use crate::syntax::{Key, Node, Value};

const FORM: &str = "say `{\"type\": \"citext\", \"read\": \"{column}::text\", \"write\": \"{value}\"}`, each a text for \
                    PostgreSQL or `{\"postgres\": \"…\", \"sqlite\": \"…\"}`";

const STRICT: &str = "say `INTEGER`, `REAL`, `TEXT`, `BLOB` or `ANY` for `sqlite`: what a value may be beyond that, the \
                      expressions and the rules of the property say";

/// A text for each database: SQLite, PostgreSQL.
type Texts = [Option<String>; 2];

const SQLITE: usize = 0;
const POSTGRES: usize = 1;

/// What a text is.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// A type, of a table that migrations make or of another.
    Type { managed: bool },
    /// An expression over this.
    Over(&'static str),
}

/// Expressions may have lines.
fn is_unreadable(c: char) -> bool {
    escape::is_hidden(c) && !matches!(c, '\n' | '\t')
}

impl<'a> Resolver<'a> {
    /// Reads them, and refuses them where the runtime has to know more of a column than what it reads.
    pub(super) fn resolve_expressions(&mut self, declarations: &[ModelDeclaration<'a>]) {
        for declaration in declarations {
            let Some(schema) = declaration.schema else { continue };
            for (name, property) in schema.properties.iter().flat_map(|all| &all.value.entries) {
                let Some((property, key)) =
                    property.as_ref().and_then(|property| Some((property, property.sql.as_ref()?)))
                else {
                    continue;
                };
                let fields = &self.models[declaration.id].fields;
                let Some(at) = fields.iter().position(|field| field.wire == name.value) else { continue };
                let managed = self.models[declaration.id].managed;
                if self.may_have_expressions(schema, property, &self.models[declaration.id], at, key.key)
                    && let Some(sql) = self.expressions(key, managed)
                {
                    let field = &mut self.models[declaration.id].fields[at];
                    field.sql = Some(sql);
                    // What is compared is what is read, of which the order is known.
                    field.collation = field.collation.map(|_| ir::Collation::Codepoint);
                }
            }
        }
    }

    fn may_have_expressions(
        &self,
        table: &Schema,
        property: &Schema,
        model: &Model,
        at: usize,
        span: Span,
    ) -> bool {
        let field = &model.fields[at];
        let by_database = property.collation.as_ref().is_some_and(|key| key.value == Collation::Database);
        let is_indexed = field.index || model.indexes.iter().any(|set| set.contains(&at));
        let (why, help) = if at == model.key {
            ("the runtime looks rows up by their key as it is stored", "leave `x-sql` out of the key")
        } else if field.foreign_key.is_some() {
            ("a foreign key is stored as the key that it refers to", "leave `x-sql` out")
        } else if field.unique || model.unique_together.iter().any(|set| set.contains(&at)) {
            (
                "what is unique is compared as it is stored, and not as it is read",
                if model.managed {
                    "leave `x-unique` and `x-unique-together` out; a migration of your own can make a unique index"
                } else {
                    "leave `x-unique` and `x-unique-together` out: the database refuses what is taken all the same"
                },
            )
        } else if model.managed && is_indexed {
            (
                "an index over what is stored serves no statement: they are about what is read",
                "leave `x-index` out; a migration of your own can make an index over the expression that reads it",
            )
        } else if field.auto != ir::Auto::No {
            ("what the server fills in is stored as it is", "leave `x-sql` out")
        } else if by_database {
            ("what is read by an expression is ordered by code points", "leave `x-collation` out")
        } else if table.observe_database.as_ref().is_some_and(|asked| asked.value) {
            (
                "triggers note what is stored, and not what is read of it",
                "leave `x-observe-database` out of the model",
            )
        } else {
            return true;
        };
        let message = format!("{} cannot have {}: {why}", quote(&field.wire), quote("x-sql"));
        self.report(Diagnostic::error(Code::MisplacedKeyword, span, message).help(help));
        false
    }

    /// None: they say nothing sound, which was reported. `managed`: whether migrations make the column.
    fn expressions(&self, key: &Key<Box<Node>>, managed: bool) -> Option<ColumnSql> {
        let Value::Object(entries) = &key.value.value else {
            return self.no_expressions(key.value.span, "expected an object");
        };
        let (mut ty, mut read, mut write) = (None, None, None);
        for entry in entries {
            let (part, is) = match entry.key.value.as_str() {
                "type" => (&mut ty, Part::Type { managed }),
                "read" => (&mut read, Part::Over("{column}")),
                "write" => (&mut write, Part::Over("{value}")),
                other => {
                    let message = format!("{} is none of `type`, `read` and `write`", quote(other));
                    return self.no_expressions(entry.key.span, &message);
                }
            };
            *part = Some((self.texts(&entry.value, is)?, entry.value.span));
        }
        let Some((types, _)) = ty else {
            return self.no_expressions(key.value.span, "there is no `type`");
        };
        let read = self.beside(&types, read, "{column}")?;
        let write = self.beside(&types, write, "{value}")?;
        let mut all = types
            .into_iter()
            .zip(read)
            .zip(write)
            .map(|((ty, read), write)| Some(Expressions { ty: ty?, read: read?, write: write? }));
        Some(ColumnSql { sqlite: all.next().flatten(), postgres: all.next().flatten() })
    }

    /// An expression for each database that there is a type for; left out, it is the column or the value itself.
    fn beside(&self, types: &Texts, said: Option<(Texts, Span)>, itself: &str) -> Option<Texts> {
        let Some((said, span)) = said else {
            return Some(types.clone().map(|ty| ty.map(|_| itself.to_owned())));
        };
        for ((ty, said), database) in types.iter().zip(&said).zip(["sqlite", "postgres"]) {
            if ty.is_some() != said.is_some() {
                let message = format!("`type` and this do not both say something for `{database}`");
                return self.no_expressions(span, &message);
            }
        }
        Some(said)
    }

    fn texts(&self, node: &Node, part: Part) -> Option<Texts> {
        match &node.value {
            Value::Text(text) => Some([None, Some(self.text_of(text, node.span, part, POSTGRES)?)]),
            Value::Object(entries) if !entries.is_empty() => {
                let mut texts = [None, None];
                for entry in entries {
                    let at = match entry.key.value.as_str() {
                        "sqlite" => SQLITE,
                        "postgres" => POSTGRES,
                        _ => return self.no_expressions(entry.key.span, "expected `sqlite` or `postgres`"),
                    };
                    let Value::Text(text) = &entry.value.value else {
                        return self.no_expressions(entry.value.span, "expected a text");
                    };
                    texts[at] = Some(self.text_of(text, entry.value.span, part, at)?);
                }
                Some(texts)
            }
            _ => self.no_expressions(node.span, "expected a text, or one for each database"),
        }
    }

    /// A text that can stand in a statement between other words.
    fn text_of(&self, text: &str, span: Span, part: Part, database: usize) -> Option<String> {
        let parameter = |at: usize| text[at + 1..].starts_with(|next: char| next.is_ascii_digit());
        let message = if text.trim().is_empty() || text.contains('\0') {
            "expected SQL".to_owned()
        } else if text.contains("--") || text.contains("/*") || text.contains(';') {
            "comments and `;` would reach into the statement around it".to_owned()
        } else if text.match_indices('$').any(|(at, _)| parameter(at)) {
            "the parameters of a statement have other numbers: the value is `{value}`".to_owned()
        } else if text.contains(is_unreadable) {
            "it has a character that is not seen for what it is".to_owned()
        } else {
            match part {
                Part::Over(placeholder) if !text.contains(placeholder) => {
                    format!("an expression over `{placeholder}` has to name it")
                }
                Part::Type { .. } if !sql_types::is_type(text) => {
                    format!(
                        "{} is no type alone: whether it may be null and what it is by default says the property",
                        quote(text)
                    )
                }
                Part::Type { managed: true } if database == SQLITE && !sql_types::is_strict(text) => {
                    let message = format!(
                        "a table of SQLite that migrations make is STRICT, and takes no column of the type {}",
                        quote(text)
                    );
                    self.report(Diagnostic::error(Code::InvalidValue, span, message).help(STRICT));
                    return None;
                }
                Part::Over(_) | Part::Type { .. } => return Some(text.to_owned()),
            }
        };
        self.no_expressions(span, &message)
    }

    fn no_expressions<T>(&self, span: Span, message: &str) -> Option<T> {
        let message = format!("{message}, in {}", quote("x-sql"));
        self.report(Diagnostic::error(Code::InvalidValue, span, message).help(FORM));
        None
    }
}
