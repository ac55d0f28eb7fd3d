//! Conditions as SQL.

use super::Dialect;
use super::compose::{Compare, Composer};
use super::statement::is_integer_choice;
use crate::condition::{Condition, Lookup};
use crate::decode::is_text;
use crate::meta::{ColumnMeta, Kind};
use crate::value::Value;

impl Composer {
    /// ` WHERE …`, if the condition narrows anything.
    pub(crate) fn narrowed(&mut self, condition: &Condition) -> &mut Self {
        if condition.is_all() { self } else { self.text(" WHERE ").condition(condition) }
    }

    /// ` AND …`, if the condition narrows anything.
    pub(crate) fn also(&mut self, condition: &Condition) -> &mut Self {
        if condition.is_all() { self } else { self.text(" AND ").condition(condition) }
    }

    /// A condition, in parentheses where it has parts.
    pub(crate) fn condition(&mut self, condition: &Condition) -> &mut Self {
        match condition {
            Condition::All(parts) => self.connected(parts, " AND ", "1 = 1"),
            Condition::Any(parts) => self.connected(parts, " OR ", "1 = 0"),
            Condition::Not(part) => self.text("NOT (").condition(part).text(")"),
            Condition::Compare { model, column, lookup, values } => {
                self.comparison(&model.columns[*column], *lookup, values)
            }
            Condition::Related { model, column, condition } => {
                let column = &model.columns[*column];
                let Some(other) = column.references else { return self.text("1 = 0") };
                let other = other();
                self.text("(").name(column.column).text(" IS NOT NULL AND ").name(column.column);
                self.text(" IN (SELECT ").name(other.key_column().column).text(" FROM ").name(other.table);
                self.narrowed(condition).text("))")
            }
        }
    }

    fn connected(&mut self, parts: &[Condition], with: &'static str, empty: &'static str) -> &mut Self {
        if parts.is_empty() {
            return self.text(empty);
        }
        self.text("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.text(with);
            }
            self.condition(part);
        }
        self.text(")")
    }

    fn comparison(&mut self, column: &'static ColumnMeta, lookup: Lookup, values: &[Value]) -> &mut Self {
        let value = || values.first().cloned().unwrap_or(Value::Null);
        let text = || match values.first() {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let how = match lookup {
            Lookup::IsNull => return self.compare(column, Compare::Equal, Value::Null),
            Lookup::In => return self.is_in(column, values.to_vec()),
            Lookup::Contains => return self.contains(column, text()),
            Lookup::StartsWith => return self.starts_with(column, text()),
            Lookup::Eq => Compare::Equal,
            Lookup::Ne => Compare::NotEqual,
            Lookup::Lt => Compare::Less,
            Lookup::Lte => Compare::LessOrEqual,
            Lookup::Gt => Compare::Greater,
            Lookup::Gte => Compare::GreaterOrEqual,
        };
        // A comparison with `null` is unknown; `compare` would say IS NULL.
        if value() == Value::Null {
            return self.text("1 = NULL");
        }
        let ordered = !matches!(how, Compare::Equal | Compare::NotEqual);
        let is_text = match column.ty.kind {
            Kind::Choice(choices) => !is_integer_choice(choices),
            ref kind => is_text(kind),
        };
        if ordered && is_text && self.dialect() == Dialect::Postgres {
            // The order of the database may be that of a language.
            return self.name(column.column).text(" COLLATE \"C\"").text(how.operator()).of(column, value());
        }
        self.compare(column, how, value())
    }
}
