//! Values as literals of TypeScript.

use super::names::{key, text};
use crate::ir::Literal;

/// The greatest width of a line, if it can be broken.
const WIDTH: usize = 110;

/// A value as a TypeScript literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    /// Code that stays on its line: `true`, a number, a text, a constant.
    Code(String),
    /// An array.
    List(Vec<Self>),
    /// An object, by its keys.
    Map(Vec<(String, Self)>),
}

impl Data {
    /// Returns a text.
    pub(super) fn text(value: &str) -> Self {
        Self::Code(text(value))
    }

    /// Returns `true` or `false`.
    pub(super) fn boolean(value: bool) -> Self {
        Self::Code(value.to_string())
    }

    /// Returns a count.
    pub(super) fn count(value: u64) -> Self {
        Self::number(&value.to_string())
    }

    /// Returns a number of JSON with all its digits: one that JavaScript does not show in the same way is an `exact`.
    pub(super) fn number(value: &str) -> Self {
        Self::Code(if is_number(value) { value.to_owned() } else { format!("{EXACT}({})", text(value)) })
    }

    /// Returns a value of the definition.
    pub(super) fn literal(literal: &Literal) -> Self {
        match literal {
            Literal::Null => Self::Code("null".to_owned()),
            Literal::Boolean(value) => Self::boolean(*value),
            Literal::Integer(value) => Self::number(&value.to_string()),
            Literal::Number(value) => Self::number(value),
            Literal::Text(value) => Self::text(value),
            Literal::Json(value) => Self::json(value),
        }
    }

    /// Returns the value of a JSON text.
    pub(super) fn json(json: &str) -> Self {
        use dcrf_scalars::schema::Value;
        /// The greatest depth of the JSON, which is more than that of a definition.
        const DEPTH: usize = 1024;
        fn of(value: &Value<'_>) -> Data {
            match value {
                Value::Null => Data::Code("null".to_owned()),
                Value::Boolean(value) => Data::boolean(*value),
                Value::Number(value) => Data::number(value),
                Value::Text(value) => Data::text(value),
                Value::List(items) => Data::List(items.iter().map(of).collect()),
                Value::Map(map) => {
                    Data::Map(map.iter().map(|(key, value)| (key.to_owned(), of(value))).collect())
                }
            }
        }
        Value::parse(json, DEPTH).map_or_else(|_| Self::Code("null".to_owned()), |value| of(&value))
    }

    /// Tells whether an entry of an object in it satisfies a condition; entries below the key `but` do not count.
    pub(super) fn has(&self, but: &str, is: &dyn Fn(&str, &Self) -> bool) -> bool {
        match self {
            Self::Code(_) => false,
            Self::List(items) => items.iter().any(|item| item.has(but, is)),
            Self::Map(entries) => {
                entries.iter().any(|(key, value)| is(key, value) || (key != but && value.has(but, is)))
            }
        }
    }

    /// Tells whether it contains a number that is not a literal.
    pub(super) fn is_exact(&self) -> bool {
        match self {
            Self::Code(code) => code.starts_with(EXACT),
            Self::List(items) => items.iter().any(Self::is_exact),
            Self::Map(entries) => entries.iter().any(|(_, value)| value.is_exact()),
        }
    }

    /// Returns the code. `before` characters are before it on its line, and `indent` spaces before each line.
    pub(super) fn code(&self, before: usize, indent: usize) -> String {
        let line = self.line();
        if before + line.chars().count() <= WIDTH {
            return line;
        }
        let (space, end) = (" ".repeat(indent + 2), " ".repeat(indent));
        match self {
            Self::Code(code) => code.clone(),
            Self::List(items) => {
                let items =
                    items.iter().map(|item| format!("{space}{},\n", item.code(indent + 3, indent + 2)));
                format!("[\n{}{end}]", items.collect::<String>())
            }
            Self::Map(entries) => {
                let entries = entries.iter().map(|(name, value)| {
                    let name = key(name);
                    let value = value.code(indent + 2 + name.chars().count() + 3, indent + 2);
                    format!(
                        "{space}{name}: {value},
"
                    )
                });
                format!("{{\n{}{end}}}", entries.collect::<String>())
            }
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Code(code) => code.clone(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::line).collect::<Vec<_>>().join(", ")),
            Self::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(name, value)| format!("{}: {}", key(name), value.line()));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// The call of a function that bundlers may leave out.
const EXACT: &str = "/* @__PURE__ */ exact";

/// Tells whether JavaScript shows the number with the same text.
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    let plain = !digits.contains(['e', 'E']) && digits.len() <= 17 && text != "-0";
    plain
        && text
            .parse::<f64>()
            .is_ok_and(|number| number.to_string() == text && number.abs() >= 1e-6 || text == "0")
}

#[cfg(test)]
mod tests {
    use super::Data;

    #[test]
    fn numbers_keep_their_digits() {
        for plain in ["0", "-1", "0.1", "12.5", "9007199254740991", "-9007199254740992"] {
            assert_eq!(Data::number(plain).line(), plain);
        }
        for exact in ["1.0", "1e2", "-0", "9007199254740993", "0.12345678901234567890", "1e400", "0.0000001"]
        {
            assert_eq!(Data::number(exact).line(), format!("/* @__PURE__ */ exact('{exact}')"));
        }
    }

    #[test]
    fn lines_are_broken_where_they_are_long() {
        let items = Data::List(vec![Data::text(&"a".repeat(60)), Data::text(&"b".repeat(60))]);
        let data = Data::Map(vec![("a-b".to_owned(), items), ("c".to_owned(), Data::Map(Vec::new()))]);
        let (a, b) = ("a".repeat(60), "b".repeat(60));
        assert_eq!(data.code(0, 0), format!("{{\n  'a-b': [\n    '{a}',\n    '{b}',\n  ],\n  c: {{}},\n}}"));
    }
}
