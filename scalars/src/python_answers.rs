//! Compares formats of dates and patterns with what Python was seen to answer: see `tests/python.py`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::{FieldPattern, Strptime, ecma_pattern, translate_python};

const SEEN: &str = include_str!("../tests/python.json");

fn seen() -> Value {
    serde_json::from_str(SEEN).expect("the file is JSON")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("there are no {key}"))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Returns what is read as the recording has it: the date and time, and the offset in seconds.
fn read(strptime: &Strptime, text: &str) -> Value {
    match strptime.read(text) {
        None => Value::Null,
        Some(found) => json!([found.write("%Y-%m-%dT%H:%M:%S.%f"), found.offset]),
    }
}

#[test]
fn texts_are_read_as_python_reads_them() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for entry in list(&seen(), "formats") {
        let format = text(&entry["format"]);
        let strptime = Strptime::new(format).expect(format);
        for pair in list(entry, "texts") {
            let found = read(&strptime, text(&pair[0]));
            compared += 1;
            if found != pair[1] {
                wrong.push(format!("{format} of {}: {found}, not {}", pair[0], pair[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 800, "{compared}");
}

#[test]
fn patterns_match_where_those_of_python_match() {
    let seen = seen();
    let mut wrong = Vec::new();
    for entry in list(&seen, "patterns") {
        let pattern = text(&entry[0]);
        let own = translate_python(pattern).expect(pattern);
        let own = FieldPattern::new(&own).expect(pattern);
        for candidate in list(&seen, "texts").iter().map(text) {
            let expected = entry[1].as_array().expect("texts").iter().any(|found| found == candidate);
            if own.is_in(candidate) != expected {
                wrong.push(format!("{pattern} in {candidate:?}: not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The client's tests read the patterns from the recording.
#[test]
fn the_recording_has_the_patterns_of_the_client() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python.json");
    let bless = std::env::var_os("BLESS").is_some() && std::env::var_os("CI").is_none();
    let mut lines: Vec<String> = SEEN.lines().map(str::to_owned).collect();
    for line in
        lines.iter_mut().filter(|line| line.starts_with("{\"format\": ") || line.starts_with("{\"pattern\""))
    {
        // The last entry ends with the bracket of the list.
        let whole = line.trim_end_matches(',');
        let whole = whole.strip_suffix("}]").map_or_else(|| whole.to_owned(), |whole| format!("{whole}}}"));
        let entry: Value = serde_json::from_str(&whole).expect("an entry in a line");
        let pattern = ecma_pattern(text(&entry["format"])).expect("a format");
        if entry.get("pattern").and_then(Value::as_str) == Some(&pattern) {
            continue;
        }
        assert!(bless, "{} has another pattern: run BLESS=1 cargo test -p dcrf-scalars", entry["format"]);
        let rest = &line[line.find("\"format\"").expect("the key")..];
        *line = format!("{{\"pattern\": {}, {rest}", json!(pattern));
    }
    if bless {
        fs::write(path, lines.join("\n") + "\n").expect("the recording is written");
    }
}
