//! Parses strict JSON (RFC 8259) with places, by `jsonc-parser`. No other module uses that parser.

use jsonc_parser::ast;
use jsonc_parser::{CollectOptions, ParseOptions, common::Ranged, parse_to_ast};

use super::node::{Entry, Node, Value};
use crate::diag::{Code, Diagnostic, Reported, Sink, quote};
use crate::source::{FileId, SourceMap, Span, Spanned};

/// The greatest size of a file that is read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The greatest nesting of objects and arrays. The parsers recurse, and must not exhaust the stack.
pub const MAX_DEPTH: usize = 128;

/// Parses the bytes of a file and adds it to `sources` under `name`, even if it is not JSON.
pub fn parse(
    name: &str,
    bytes: Vec<u8>,
    sources: &mut SourceMap,
    sink: &Sink,
) -> (FileId, Result<Node, Reported>) {
    if bytes.len() > MAX_BYTES {
        let file = sources.add(name, String::new());
        let limit = MAX_BYTES / (1024 * 1024);
        let message = format!("a definition file may have at most {limit} MiB");
        let diagnostic = Diagnostic::error(Code::TooLarge, sources.whole(file), message)
            .help("split it, and pass all the files together, or refer to the others by `$ref`");
        return (file, Err(sink.push(diagnostic)));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to() as u32;
            let byte = error.as_bytes()[at as usize];
            let file = sources.add(name, String::from_utf8_lossy(error.as_bytes()).into_owned());
            let replacement = char::REPLACEMENT_CHARACTER.len_utf8() as u32;
            let span = Span { file, start: at, end: at + replacement };
            let diagnostic = Diagnostic::error(Code::InvalidUtf8, span, "a definition file must be UTF-8")
                .label(format!("the byte 0x{byte:02x} is not UTF-8 here"))
                .help("save the file as UTF-8");
            return (file, Err(sink.push(diagnostic)));
        }
    };
    let file = sources.add(name, text);
    let tree = parse_text(file, sources.file(file).text(), sink);
    (file, tree)
}

fn parse_text(file: FileId, text: &str, sink: &Sink) -> Result<Node, Reported> {
    let at = |start: usize, end: usize| Span { file, start: start as u32, end: end as u32 };
    if text.starts_with('\u{feff}') {
        let diagnostic =
            Diagnostic::error(Code::ByteOrderMark, at(0, 3), "the file begins with a byte order mark")
                .help("save the file as UTF-8 without a byte order mark (BOM)");
        return Err(sink.push(diagnostic));
    }
    if text.trim_ascii().is_empty() {
        let diagnostic = Diagnostic::error(Code::EmptyFile, at(0, 0), "the file is empty")
            .help("a definition contains at least `{\"name\": \"…\"}`");
        return Err(sink.push(diagnostic));
    }
    if let Some(deep) = too_deep(text) {
        let message = format!("objects and arrays may be nested at most {MAX_DEPTH} levels deep");
        return Err(sink.push(Diagnostic::error(Code::TooDeep, at(deep, deep + 1), message)));
    }
    let parsed = match parse_to_ast(text, &CollectOptions::default(), &strict()) {
        Ok(parsed) => parsed,
        Err(error) => {
            let range = error.range();
            let message = format!("this is not JSON: {}", lower_first(&error.kind().to_string()));
            let diagnostic = Diagnostic::error(Code::InvalidJson, at(range.start, range.end), message);
            return Err(sink.push(diagnostic));
        }
    };
    refuse_what_the_parser_lets_pass(file, text, sink)?;
    match parsed.value {
        Some(value) => Ok(node(file, value, sink)),
        None => Err(sink.push(Diagnostic::error(Code::EmptyFile, at(0, 0), "the file is empty"))),
    }
}

fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Reports what `jsonc-parser` accepts in its strict mode and `serde_json` does not: control characters in strings, and
/// white space that JSON does not allow.
fn refuse_what_the_parser_lets_pass(file: FileId, text: &str, sink: &Sink) -> Result<(), Reported> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else { return Ok(()) };
    let line_start =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let mut start = (line_start + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = start + text[start..].chars().next().map_or(0, char::len_utf8);
    let span = Span { file, start: start as u32, end: end as u32 };
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let message = format!("this is not JSON: {}", lower_first(reason));
    Err(sink.push(Diagnostic::error(Code::InvalidJson, span, message)))
}

/// Returns the byte where the nesting exceeds the limit. Brackets in strings do not count.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn node(file: FileId, value: ast::Value<'_>, sink: &Sink) -> Node {
    let range = value.range();
    let span = Span { file, start: range.start as u32, end: range.end as u32 };
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Boolean(literal.value),
        ast::Value::NumberLit(literal) => Value::Number(literal.value.to_owned()),
        ast::Value::StringLit(literal) => Value::Text(literal.value.into_owned()),
        ast::Value::Array(array) => {
            Value::Array(array.elements.into_iter().map(|element| node(file, element, sink)).collect())
        }
        ast::Value::Object(object) => Value::Object(entries(file, object, sink)),
    };
    Node { value, span }
}

/// Returns the entries of an object. Of a key that occurs twice, the first is kept.
fn entries(file: FileId, object: ast::Object<'_>, sink: &Sink) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
    let mut seen = std::collections::HashMap::with_capacity(object.properties.len());
    for property in object.properties {
        let range = property.name.range();
        let span = Span { file, start: range.start as u32, end: range.end as u32 };
        let key = property.name.as_str().to_owned();
        let value = node(file, property.value, sink);
        if let Some(first) = seen.insert(key.clone(), span) {
            let diagnostic =
                Diagnostic::error(Code::DuplicateKey, span, format!("the key {} appears twice", quote(&key)))
                    .label("again here")
                    .related(first, "first here");
            sink.push(diagnostic);
            continue;
        }
        entries.push(Entry { key: Spanned::new(key, span), value });
    }
    entries
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().collect::<String>() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::diag::{Code, Sink};
    use crate::source::SourceMap;

    fn codes(text: &str) -> Vec<Code> {
        let sink = Sink::new();
        let _ = parse("a.json", text.as_bytes().to_vec(), &mut SourceMap::new(), &sink);
        sink.finish().iter().map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn only_json_is_json() {
        for text in
            ["{\"a\": \"\u{1}\"}", "\u{b}{}", "{} {}", "[1,]", "[1 2]", "[01]", "[.5]", "// a\n{}", "{a: 1}"]
        {
            assert_eq!(codes(text), [Code::InvalidJson], "{text:?}");
        }
        for text in ["{\"a\": \"\\ud834\\udd1e\"}", "[1e5, -0.5E-3, 0]", "\"\\u00e9\""] {
            assert_eq!(codes(text), [], "{text:?}");
        }
        assert_eq!(codes("\"\\ud800\""), [Code::InvalidJson]);
    }

    #[test]
    fn depth_is_measured_before_parsing() {
        assert_eq!(codes(&"[".repeat(100_000)), [Code::TooDeep]);
        assert_eq!(codes(&format!("{}{}", "[".repeat(128), "]".repeat(128))), []);
        assert_eq!(codes(&format!("{}{}", "[".repeat(129), "]".repeat(129))), [Code::TooDeep]);
        assert_eq!(codes(&format!("\"{}\"", "[".repeat(1000))), []);
    }
}
