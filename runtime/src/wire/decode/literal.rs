//! Values of the definition: defaults, constants and choices.

use super::coerce::{Reading, accept};
use super::equality::json_of;
use crate::ground::scalar::Json;
use crate::schema::meta::{Kind, Literal, TypeMeta};
use crate::schema::value::Value;

/// The value of a literal. One that does not fit its type, which the generator rules out, is `null`.
pub(crate) fn literal(ty: &TypeMeta, literal: &Literal) -> Value {
    let json = match literal {
        Literal::Null => return Value::Null,
        Literal::Boolean(value) if matches!(ty.kind, Kind::Boolean) => return Value::Boolean(*value),
        Literal::Integer(value) if matches!(ty.kind, Kind::Integer | Kind::Choice(_)) => {
            return Value::Integer(*value);
        }
        Literal::Text(text) if ty.kind.is_text() || matches!(ty.kind, Kind::Choice(_)) => {
            return Value::Text((*text).to_owned());
        }
        other => json_of(other),
    };
    if matches!(ty.kind, Kind::Json) {
        return Value::Json(Json::trusted(json.into_owned()));
    }
    let raw = serde_json::from_str(&json).ok();
    raw.and_then(|raw| accept(ty, raw, Reading::STORED).ok()).unwrap_or(Value::Null)
}
