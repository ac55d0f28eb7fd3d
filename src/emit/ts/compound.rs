//! Types that consist of others, and types of single values.

use super::names::text;
use crate::ir::Literal;

/// Returns `T | null`.
pub(super) fn or_null(ty: String, nullable: bool) -> String {
    // `Json` contains null already.
    if nullable && ty != "Json" { format!("{ty} | null") } else { ty }
}

/// Returns `T[]`.
pub(super) fn list(ty: &str) -> String {
    format!("{}[]", grouped(ty))
}

/// Returns a type in parentheses, if it is a union or an intersection.
pub(super) fn grouped(ty: &str) -> String {
    let mut depth = 0_i32;
    let mut quoted = false;
    let mut before = ' ';
    for char in ty.chars() {
        match char {
            '\'' if before != '\\' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            '|' | '&' if depth == 0 => return format!("({ty})"),
            _ => {}
        }
        before = char;
    }
    ty.to_owned()
}

/// Returns the type of one value; `number` for a number that JavaScript cannot represent exactly.
pub(super) fn literal(value: &Literal) -> Option<String> {
    match value {
        Literal::Null => Some("null".to_owned()),
        Literal::Boolean(value) => Some(value.to_string()),
        Literal::Integer(value) => Some(number(&value.to_string())),
        Literal::Number(value) => Some(number(value)),
        Literal::Text(value) => Some(text(value)),
        Literal::Json(value) => serde_json::from_str(value).ok().map(|value| of_json(&value)),
    }
}

fn number(text: &str) -> String {
    /// From this number on, JavaScript does not represent all integers.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match text.parse::<f64>() {
        Ok(0.0) => "0".to_owned(),
        Ok(number) if number.is_finite() && (number.fract() != 0.0 || number.abs() < EXACT) => {
            number.to_string()
        }
        _ => "number".to_owned(),
    }
}

fn of_json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "null".to_owned(),
        serde_json::Value::Bool(value) => value.to_string(),
        serde_json::Value::Number(value) => number(&value.to_string()),
        serde_json::Value::String(value) => text(value),
        serde_json::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(of_json).collect();
            format!("[{}]", items.join(", "))
        }
        serde_json::Value::Object(entries) if entries.is_empty() => "{ [key: string]: never }".to_owned(),
        serde_json::Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", text(key), of_json(value))).collect();
            format!("{{ {} }}", entries.join("; "))
        }
    }
}
