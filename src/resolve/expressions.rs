//! Columns of any SQL type, with the expressions that convert their values to those of the property and back (`x-sql`).

use super::declarations::ModelDeclaration;
use super::resolver::Resolver;
use super::sql_types;
use crate::ast::{Collation, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::escape;
use crate::ir::{self, ColumnSql, Expressions, Model};
use crate::source::Span;
use crate::syntax::{Key, Node, Value};

const FORM: &str = "write `{\"type\": \"citext\", \"read\": \"{column}::text\", \"write\": \"{value}\"}`, where each \
                    value is a text for PostgreSQL or `{\"postgres\": \"…\", \"sqlite\": \"…\"}`";

const STRICT: &str = "use `INTEGER`, `REAL`, `TEXT`, `BLOB` or `ANY` for `sqlite`: the expressions and the rules of \
                      the property restrict the values further";

/// A text for each database: first SQLite, then PostgreSQL.
type Texts = [Option<String>; 2];

const SQLITE: usize = 0;
const POSTGRES: usize = 1;

/// The kind of a text.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// A type. `managed` tells whether migrations create the table.
    Type { managed: bool },
    /// An expression over this placeholder.
    Over(&'static str),
}

/// Tells whether a character is hidden. Line feeds and tabs are allowed in expressions.
fn is_unreadable(c: char) -> bool {
    escape::is_hidden(c) && !matches!(c, '\n' | '\t')
}

impl<'a> Resolver<'a> {
    /// Reads all expressions. It reports them where the runtime must know more about a column than the value that it
    /// reads.
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
                    // The runtime compares the values that it reads, whose order is known.
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
                "unique values are compared as they are stored, not as they are read",
                if model.managed {
                    "leave `x-unique` and `x-unique-together` out; a migration of your own can create a unique index"
                } else {
                    "leave `x-unique` and `x-unique-together` out: the database refuses duplicate values anyway"
                },
            )
        } else if model.managed && is_indexed {
            (
                "statements compare the values that are read, so they would not use an index of the stored ones",
                "leave `x-index` out; a migration of your own can create an index of the expression that reads it",
            )
        } else if field.auto != ir::Auto::No {
            ("values that the server fills in are stored as they are", "leave `x-sql` out")
        } else if by_database {
            ("values that an expression reads are ordered by code points", "leave `x-collation` out")
        } else if table.observe_database.as_ref().is_some_and(|asked| asked.value) {
            (
                "triggers record the stored values, not those that the expression reads",
                "leave `x-observe-database` out of the model",
            )
        } else {
            return true;
        };
        let message = format!("{} cannot have {}: {why}", quote(&field.wire), quote("x-sql"));
        self.report(Diagnostic::error(Code::MisplacedKeyword, span, message).help(help));
        false
    }

    /// Returns the expressions of a column. It returns `None` if they are invalid, which was reported. `managed` tells
    /// whether migrations create the column.
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
                    let message = format!("expected `type`, `read` or `write`, found {}", quote(other));
                    return self.no_expressions(entry.key.span, &message);
                }
            };
            *part = Some((self.texts(&entry.value, is)?, entry.value.span));
        }
        let Some((types, _)) = ty else {
            return self.no_expressions(key.value.span, "the key `type` is missing");
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

    /// Returns an expression for each database that has a type. The default is the column or the value itself.
    fn beside(&self, types: &Texts, said: Option<(Texts, Span)>, itself: &str) -> Option<Texts> {
        let Some((said, span)) = said else {
            return Some(types.clone().map(|ty| ty.map(|_| itself.to_owned())));
        };
        for ((ty, said), database) in types.iter().zip(&said).zip(["sqlite", "postgres"]) {
            if ty.is_some() != said.is_some() {
                let message = format!(
                    "`type` and this key must be for the same databases, but only one of them has `{database}`"
                );
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

    /// Returns a text if it can be a part of a statement.
    fn text_of(&self, text: &str, span: Span, part: Part, database: usize) -> Option<String> {
        let parameter = |at: usize| text[at + 1..].starts_with(|next: char| next.is_ascii_digit());
        let message = if text.trim().is_empty() || text.contains('\0') {
            "expected SQL".to_owned()
        } else if text.contains("--") || text.contains("/*") || text.contains(';') {
            "an expression cannot contain comments or `;`, which would change the statement around it"
                .to_owned()
        } else if text.match_indices('$').any(|(at, _)| parameter(at)) {
            "the parameters of a statement have other numbers: write `{value}` for the value".to_owned()
        } else if text.contains(is_unreadable) {
            "the text contains a hidden character".to_owned()
        } else {
            match part {
                Part::Over(placeholder) if !text.contains(placeholder) => {
                    format!("the expression must contain `{placeholder}`")
                }
                Part::Type { .. } if !sql_types::is_type(text) => {
                    format!(
                        "{} is more than a type: the property says whether null is allowed and what the default is",
                        quote(text)
                    )
                }
                Part::Type { managed: true } if database == SQLITE && !sql_types::is_strict(text) => {
                    let message = format!(
                        "migrations create STRICT tables on SQLite, which cannot have a column of the type {}",
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
