//! The parameters of the path of a handshake.

use axum::extract::{FromRequestParts as _, RawPathParams};
use axum::http::request::Parts;

use crate::schema::meta::PropertyMeta;
use crate::schema::value::Value;
use crate::socket::session::Stream;
use crate::wire::decode::parameter;

/// Returns the parameters that streams declare, as values of their types, each once; `None` if the path of the request
/// has a text that is not a value of the type of its parameter. Then there is nothing at this path, as in Django, whose
/// path converters do not match it.
pub(super) async fn parameters(parts: &mut Parts, streams: &[Stream]) -> Option<Vec<(&'static str, Value)>> {
    let mut values: Vec<(&'static str, Value)> = Vec::new();
    if streams.iter().all(|stream| stream.meta.access.path.is_none()) {
        return Some(values);
    }
    let texts = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    for property in declared(streams) {
        if values.iter().all(|(name, _)| *name != property.name) {
            let (_, text) = texts.iter().find(|(name, _)| *name == property.name)?;
            let value = parameter(&property.ty, text).filter(|value| !matches!(value, Value::Null))?;
            values.push((property.name, value));
        }
    }
    Some(values)
}

/// Returns the parameters that streams declare.
pub(super) fn declared(streams: &[Stream]) -> impl Iterator<Item = &'static PropertyMeta> {
    let paths = streams.iter().filter_map(|stream| stream.meta.access.path);
    paths.flat_map(|path| path.properties)
}

/// Returns the names of the parameters of a path: `order` of `/ws/orders/{order}/`. `None` if braces do not enclose a
/// whole segment each.
pub(super) fn names(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    for segment in path.split('/').filter(|segment| segment.contains(['{', '}'])) {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn parameters_are_whole_segments() {
        assert_eq!(names("/ws/"), Some(vec![]));
        assert_eq!(names("/ws/{a}/x/{b_1}/"), Some(vec!["a", "b_1"]));
        for bad in ["/ws/{}/", "/ws/x{a}/", "/ws/{a}{b}/", "/ws/{*rest}/", "/ws/{a/b}/", "/ws/}/"] {
            assert_eq!(names(bad), None, "{bad}");
        }
    }
}
