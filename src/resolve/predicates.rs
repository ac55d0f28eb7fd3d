//! The conditions of constraints: comparisons of the columns of one row.

use super::resolver::Resolver;
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::{Collation, Comparison, Field, ModelId, Operand, Predicate, Scalar, Type};
use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Node, Value};
use dcrf_scalars::MAX_SCALED_DIGITS;

/// The comparisons of entries, by Django's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lookup {
    One(Comparison),
    In,
    Range,
    IsNull,
}

const LOOKUPS: [(&str, Lookup); 10] = [
    ("eq", Lookup::One(Comparison::Eq)),
    ("in", Lookup::In),
    ("lt", Lookup::One(Comparison::Lt)),
    ("lte", Lookup::One(Comparison::Lte)),
    ("gt", Lookup::One(Comparison::Gt)),
    ("gte", Lookup::One(Comparison::Gte)),
    ("contains", Lookup::One(Comparison::Contains)),
    ("starts_with", Lookup::One(Comparison::StartsWith)),
    ("isnull", Lookup::IsNull),
    ("range", Lookup::Range),
];

impl Lookup {
    /// Tells whether it depends on the order of the values.
    fn is_of_order(self) -> bool {
        matches!(self, Self::Range) || matches!(self, Self::One(how) if how.is_of_order())
    }

    /// Tells whether values of a type have it.
    fn suits(self, ty: &Type) -> bool {
        match self {
            Self::IsNull => true,
            _ if ty.is_json() => false,
            Self::One(how) if how.is_of_texts() => matches!(ty, Type::Scalar(scalar) if scalar.is_text()),
            _ if self.is_of_order() => !matches!(ty, Type::Scalar(Scalar::Boolean | Scalar::Bytes)),
            _ => true,
        }
    }
}

/// The place of a condition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated {
    /// The model of the rows.
    pub(super) model: ModelId,
    /// Whether the server has to evaluate it without the database: it is the condition of a unique set.
    pub(super) in_memory: bool,
}

impl Resolver<'_> {
    /// Reads an object all of whose entries must hold. It returns `None` if something was reported.
    pub(super) fn predicate(&self, stated: Stated, node: &Node) -> Option<Predicate> {
        let Value::Object(entries) = &node.value else {
            self.error(Code::WrongType, node.span, format!("expected an object, found {}", node.kind()));
            return None;
        };
        if entries.is_empty() {
            self.error(Code::BadConstraint, node.span, "a condition has at least one entry");
            return None;
        }
        // Every mistake is reported, also those after the first one.
        let parts: Vec<Option<Predicate>> =
            entries.iter().map(|entry| self.predicate_entry(stated, entry)).collect();
        one_or(parts, Predicate::All)
    }

    fn predicate_entry(&self, stated: Stated, entry: &Entry) -> Option<Predicate> {
        match entry.key.value.as_str() {
            "allOf" => self.predicates(stated, &entry.value).map(Predicate::All),
            "anyOf" => self.predicates(stated, &entry.value).map(Predicate::Any),
            "not" => self.predicate(stated, &entry.value).map(|part| Predicate::Not(Box::new(part))),
            _ => {
                let (field, lookup) = self.compared(stated, &entry.key)?;
                self.comparison(stated, field, lookup, entry)
            }
        }
    }

    fn predicates(&self, stated: Stated, node: &Node) -> Option<Vec<Predicate>> {
        let items = match &node.value {
            Value::Array(items) if !items.is_empty() => items,
            _ => {
                self.error(Code::BadConstraint, node.span, "expected an array with at least one condition");
                return None;
            }
        };
        let parts: Vec<Option<Predicate>> = items.iter().map(|item| self.predicate(stated, item)).collect();
        parts.into_iter().collect()
    }

    /// Reads the key of an entry: a property, and a look-up after two underscores.
    fn compared(&self, stated: Stated, key: &Spanned<String>) -> Option<(usize, Lookup)> {
        let id = stated.model;
        let (field, lookup) = match self.find_field(id, &key.value) {
            Some(field) => (field, Lookup::One(Comparison::Eq)),
            None => self.looked_up(id, key)?,
        };
        let column = &self.models[id].fields[field];
        if column.sql.is_some() {
            let message =
                format!("a constraint cannot compare {}, which has {}", quote(&column.wire), quote("x-sql"));
            let help = "create the constraint in a migration of your own, over the stored values";
            self.report(Diagnostic::error(Code::BadConstraint, key.span, message).help(help));
            return None;
        }
        if !lookup.suits(&column.ty) {
            let suiting =
                LOOKUPS.iter().filter(|(_, lookup)| lookup.suits(&column.ty)).map(|(name, _)| *name);
            let message = format!("values of {} are not compared like this", quote(&column.wire));
            let help = format!("they can be compared by {}", quote_all(suiting.collect::<Vec<_>>(), "or"));
            self.report(Diagnostic::error(Code::BadConstraint, key.span, message).help(help));
            return None;
        }
        if lookup.is_of_order() {
            self.has_one_order(stated, column, key.span)?;
        }
        Some((field, lookup))
    }

    fn looked_up(&self, id: ModelId, key: &Spanned<String>) -> Option<(usize, Lookup)> {
        let Some((name, lookup)) = key.value.rsplit_once("__") else {
            let field = self.field_position(id, key)?;
            return Some((field, Lookup::One(Comparison::Eq)));
        };
        let first = name.split("__").next().unwrap_or(name);
        let leads_elsewhere = |name: &str| {
            self.find_relation(id, name).is_some()
                || self
                    .find_field(id, name)
                    .is_some_and(|at| self.models[id].fields[at].foreign_key.is_some())
        };
        let found = LOOKUPS.iter().find(|(name, _)| *name == lookup).map(|(_, lookup)| *lookup);
        if leads_elsewhere(first) && (first != name || found.is_none()) {
            let message =
                format!("{} leads to another row, and a constraint is about one row", quote(&key.value));
            self.error(Code::BadConstraint, key.span, message);
            return None;
        }
        let Some(found) = found else {
            // What follows the underscores may be a part of the name.
            let known = self.find_field(id, name).is_some();
            if !known {
                self.field_position(id, key)?;
                return None;
            }
            let message = format!("{} is not a look-up", quote(lookup));
            let near = self.nearest(lookup, LOOKUPS.iter().map(|(name, _)| *name));
            self.report(Diagnostic::error(Code::BadConstraint, key.span, message).suggest(near));
            return None;
        };
        let field = self.field_position(id, &Spanned::new(name.to_owned(), key.span))?;
        Some((field, found))
    }

    /// Tells whether both databases and the server have the same order of the values; otherwise it is reported.
    fn has_one_order(&self, stated: Stated, column: &Field, span: Span) -> Option<()> {
        let why = match &column.ty {
            Type::Scalar(Scalar::Decimal { max_digits, .. }) if *max_digits > MAX_SCALED_DIGITS => {
                "SQLite stores decimals of more than 18 digits as texts, whose order is another one"
            }
            _ if stated.in_memory && column.collation == Some(Collation::Database) => {
                "only the database knows the order of these texts, and the server has to know which rows are concerned"
            }
            _ => return Some(()),
        };
        let message = format!("a constraint cannot compare {} by its order: {why}", quote(&column.wire));
        self.error(Code::BadConstraint, span, message);
        None
    }

    fn comparison(&self, stated: Stated, field: usize, lookup: Lookup, entry: &Entry) -> Option<Predicate> {
        let node = &entry.value;
        let column = &self.models[stated.model].fields[field];
        let value = |node: &Node| match self.literal(node, &column.ty, false, &[]) {
            Ok(value) => Some(value),
            Err(misfit) => {
                self.misfit(&misfit, Code::BadConstraint, "the value");
                None
            }
        };
        let compare = |how, with| Predicate::Compare { column: field, how, with };
        match lookup {
            Lookup::One(Comparison::Eq) if node.value == Value::Null => Some(Predicate::IsNull(field)),
            Lookup::One(how) => match other_field(node) {
                Some(other) => {
                    let other = self.other_column(stated, field, how, &other)?;
                    Some(compare(how, Operand::Column(other)))
                }
                None => value(node).map(|value| compare(how, Operand::Value(value))),
            },
            Lookup::IsNull => match node.value {
                Value::Boolean(true) => Some(Predicate::IsNull(field)),
                Value::Boolean(false) => Some(Predicate::Not(Box::new(Predicate::IsNull(field)))),
                _ => {
                    let message = format!("expected a boolean, found {}", node.kind());
                    self.error(Code::WrongType, node.span, message);
                    None
                }
            },
            Lookup::In => match &node.value {
                Value::Array(items) if !items.is_empty() => {
                    let values: Vec<_> = items.iter().map(value).collect();
                    let values: Option<Vec<_>> = values.into_iter().collect();
                    values.map(|values| Predicate::In { column: field, values })
                }
                _ => {
                    self.error(Code::BadConstraint, node.span, "expected an array with at least one value");
                    None
                }
            },
            Lookup::Range => match &node.value {
                Value::Array(items) if items.len() == 2 => {
                    let (least, most) = (value(&items[0]), value(&items[1]));
                    Some(Predicate::All(vec![
                        compare(Comparison::Gte, Operand::Value(least?)),
                        compare(Comparison::Lte, Operand::Value(most?)),
                    ]))
                }
                _ => {
                    self.error(
                        Code::BadConstraint,
                        node.span,
                        "expected an array of the least and the greatest value",
                    );
                    None
                }
            },
        }
    }

    /// Returns the position of the other column of a comparison.
    fn other_column(
        &self,
        stated: Stated,
        field: usize,
        how: Comparison,
        name: &Spanned<String>,
    ) -> Option<usize> {
        let other = self.field_position(stated.model, name)?;
        let fields = &self.models[stated.model].fields;
        let (column, with) = (&fields[field], &fields[other]);
        if how.is_of_texts() {
            self.error(Code::BadConstraint, name.span, "a text is searched for a constant text");
            return None;
        }
        if column.ty != with.ty || with.sql.is_some() {
            let message =
                format!("{} and {} are not of the same type", quote(&column.wire), quote(&with.wire));
            self.error(Code::BadConstraint, name.span, message);
            return None;
        }
        Some(other)
    }
}

/// Returns the name of the other column, if the value is one: `{"field": "begins"}`.
fn other_field(node: &Node) -> Option<Spanned<String>> {
    let Value::Object(entries) = &node.value else { return None };
    match entries.as_slice() {
        [Entry { key, value: Node { value: Value::Text(name), span } }] if key.value == "field" => {
            Some(Spanned::new(name.clone(), *span))
        }
        _ => None,
    }
}

/// Returns the only part, or all parts joined; `None` if a part is absent.
fn one_or(parts: Vec<Option<Predicate>>, join: fn(Vec<Predicate>) -> Predicate) -> Option<Predicate> {
    let mut parts = parts.into_iter().collect::<Option<Vec<Predicate>>>()?;
    Some(if parts.len() == 1 { parts.swap_remove(0) } else { join(parts) })
}
