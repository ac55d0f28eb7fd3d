//! Conditions as SQL: the only place where a predicate becomes the text of a statement, for either database.

use super::compose::{Compare, Composer};
use super::place::{ColumnRef, Joins, Scope};
use crate::condition::{By, Condition, Lookup};
use crate::schema::meta::ModelMeta;
use crate::schema::step::Step;
use crate::schema::value::Value;

impl Composer {
    /// Appends ` WHERE …` unless the condition holds for all rows.
    pub(crate) fn narrowed(&mut self, condition: &Condition) -> &mut Self {
        if condition.is_all() { self } else { self.text(" WHERE ").condition(condition) }
    }

    /// Appends ` AND …` unless the condition holds for all rows.
    pub(crate) fn also(&mut self, condition: &Condition) -> &mut Self {
        if condition.is_all() { self } else { self.text(" AND ").condition(condition) }
    }

    /// Appends a condition, in parentheses if it has parts.
    pub(crate) fn condition(&mut self, condition: &Condition) -> &mut Self {
        self.part(condition, &Scope::default())
    }

    /// Appends a condition in a statement whose joins contain the rows across foreign keys.
    pub(crate) fn condition_of_list(&mut self, condition: &Condition, joins: &Joins) -> &mut Self {
        self.part(condition, &Scope::of_list(joins))
    }

    fn part(&mut self, condition: &Condition, scope: &Scope<'_>) -> &mut Self {
        match condition {
            Condition::All(parts) => self.connected(parts, " AND ", "1 = 1", scope),
            Condition::Any(parts) => self.connected(parts, " OR ", "1 = 0", scope),
            Condition::Not(part) => self.contrary(part, scope),
            Condition::Compare { model, column, lookup, values } => {
                let dialect = self.dialect();
                let without_nul = || match dialect.holds_nul() {
                    true => None,
                    false => Condition::without_nul(model, *column, *lookup, values),
                };
                let of_addresses = || match dialect.has_addresses() {
                    true => Condition::without_other_texts(model, *column, *lookup, values),
                    false => None,
                };
                if let Some(lowered) = without_nul().or_else(of_addresses) {
                    return self.part(&lowered, scope);
                }
                self.comparison(scope.place(model, *column), *lookup, values)
            }
            Condition::CompareColumns { model, column, lookup, other } => {
                let (place, other) = (scope.place(model, *column), scope.place(model, *other));
                self.comparison_of_columns(place, *lookup, other)
            }
            Condition::Related { model, step, condition } => {
                let Some(Step { from, target, to, .. }) = step.of(model) else { return self.text("1 = 0") };
                let (place, other) = (scope.place(model, from), &target.columns[to]);
                self.text("(").place(place).text(" IS NOT NULL AND ").place(place);
                self.text(" IN (SELECT ").name(other.column).text(" FROM ").name(target.table);
                if other.ty.nullable {
                    // With a `null` among the values, the comparison with another one would be unknown.
                    self.text(" WHERE ").name(other.column).text(" IS NOT NULL").also(condition)
                } else {
                    self.narrowed(condition)
                };
                self.text("))")
            }
            Condition::Outer { model, step, condition } => match scope.across(model, *step) {
                Some(scope) => self.part(condition, &scope),
                None => self.text("1 = 0"),
            },
            Condition::ToMany { model, target, by, condition } => {
                let place = scope.place(model, model.key);
                self.text("(");
                if place.is_nullable() {
                    self.place(place).text(" IS NOT NULL AND ");
                }
                self.place(place).text(" IN (").keys_related(target, *by, condition).text("))")
            }
            Condition::Untrue(part) => self.text("(").part(part, scope).text(") IS NOT TRUE"),
        }
    }

    /// Appends the `SELECT` of the keys of the rows to which a row is related that satisfies a condition.
    fn keys_related(&mut self, target: &'static ModelMeta, by: By, condition: &Condition) -> &mut Self {
        match by {
            By::Column(column) => {
                let column = &target.columns[column];
                self.text("SELECT ").column(column).text(" FROM ").name(target.table);
                // A `null` among the keys would make the condition unknown for rows that are not found.
                self.text(" WHERE ").compare(column, Compare::NotEqual, Value::Null).also(condition)
            }
            By::Table { table, from, to } => {
                self.text("SELECT ").name(from).text(" FROM ").name(table);
                self.text(" WHERE ").name(from).text(" IS NOT NULL AND ").other_end(target, to, condition)
            }
        }
    }

    /// Appends the condition that the row at the other end of a pair satisfies a condition.
    pub(crate) fn other_end(
        &mut self,
        target: &'static ModelMeta,
        to: &'static str,
        condition: &Condition,
    ) -> &mut Self {
        if condition.is_all() {
            return self.name(to).text(" IS NOT NULL");
        }
        self.name(to).text(" IN (SELECT ").column(target.key_column()).text(" FROM ").name(target.table);
        self.narrowed(condition).text(")")
    }

    fn contrary(&mut self, part: &Condition, scope: &Scope<'_>) -> &mut Self {
        if let Condition::Compare { model, column, lookup: Lookup::IsNull, .. } = part {
            return self.compare(scope.place(model, *column), Compare::NotEqual, Value::Null);
        }
        self.text("NOT (").part(part, scope).text(")")
    }

    fn connected(
        &mut self,
        parts: &[Condition],
        with: &'static str,
        empty: &'static str,
        scope: &Scope<'_>,
    ) -> &mut Self {
        if parts.is_empty() {
            return self.text(empty);
        }
        self.text("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.text(with);
            }
            self.part(part, scope);
        }
        self.text(")")
    }

    fn comparison(&mut self, place: ColumnRef<'_>, lookup: Lookup, values: &[Value]) -> &mut Self {
        let value = || values.first().cloned().unwrap_or(Value::Null);
        let text = || match values.first() {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let how = match lookup {
            Lookup::IsNull => return self.compare(place, Compare::Equal, Value::Null),
            Lookup::In => return self.is_in(place, values.to_vec()),
            Lookup::Contains => return self.contains(place, text()),
            Lookup::StartsWith => return self.starts_with(place, text()),
            _ => operator(lookup),
        };
        // A comparison with `null` is unknown; `compare` would say IS NULL.
        if value() == Value::Null {
            return self.text("1 = NULL");
        }
        self.compare(place, how, value())
    }

    /// Appends the comparison of two columns of one type.
    fn comparison_of_columns(
        &mut self,
        place: ColumnRef<'_>,
        lookup: Lookup,
        other: ColumnRef<'_>,
    ) -> &mut Self {
        let how = operator(lookup);
        match how {
            Compare::Equal | Compare::NotEqual => self.place(place),
            _ => self.sort_key(place),
        };
        self.text(how.operator()).place(other)
    }
}

/// Returns the operator of a comparison with one value that is not searched for.
fn operator(lookup: Lookup) -> Compare {
    match lookup {
        Lookup::Ne => Compare::NotEqual,
        Lookup::Lt => Compare::Less,
        Lookup::Lte => Compare::LessOrEqual,
        Lookup::Gt => Compare::Greater,
        Lookup::Gte => Compare::GreaterOrEqual,
        Lookup::Eq | Lookup::In | Lookup::Contains | Lookup::StartsWith | Lookup::IsNull => Compare::Equal,
    }
}
