//! Names and texts that mean something in a target language: what `check` takes is generated, and what is generated is
//! read by its language. `compile` and `tests/run client` compile these definitions.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dcrf::compile;
use dcrf::syntax::Loader;
use serde_json::{Value, json};

use crate::compile::write_if_changed;
use crate::golden::{plan, root};
use crate::ui::rendered;

/// Rust's keywords of every edition: strict, reserved and weak (The Rust Reference, "Keywords").
const RUST: &[&str] = &[
    "as",
    "async",
    "await",
    "break",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "Self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
    "abstract",
    "become",
    "box",
    "do",
    "final",
    "gen",
    "macro",
    "override",
    "priv",
    "try",
    "typeof",
    "unsized",
    "virtual",
    "yield",
    "auto",
    "default",
    "macro_rules",
    "raw",
    "safe",
    "union",
];

/// `tests/hostile/names.txt`, by its headings: words of the languages first, then further names.
fn sections() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in include_str!("../hostile/names.txt").lines() {
        match (line.strip_prefix("# "), sections.last_mut()) {
            (Some(heading), _) => sections.push((heading, Vec::new())),
            (None, Some((_, names))) => names.push(line),
            (None, None) => {}
        }
    }
    sections
}

/// The names whose heading begins so.
fn names(heading: &str) -> Vec<&'static str> {
    let of = sections().into_iter().filter(|(own, _)| own.starts_with(heading));
    of.flat_map(|(_, names)| names).collect()
}

/// Where a word can stand in a definition, and how it is put there.
type Position = (&'static str, fn(&mut Value, &str));

const POSITIONS: &[Position] = &[
    ("property", |all, word| {
        all["models"]["Word"]["properties"][word] = json!({"type": "string", "default": ""})
    }),
    ("relation", |all, word| all["models"]["Owner"]["properties"][word] = json!({"x-many-to-many": "Plain"})),
    ("way back", |all, word| {
        let name = format!("to_{word}");
        all["models"]["Referring"]["properties"][name] =
            json!({"x-foreign-key": "Target", "x-related-name": word, "type": ["integer", "null"]});
        push(&mut all["serializers"]["TargetSerializer"]["fields"], word);
    }),
    ("alias", |all, word| {
        push(&mut all["serializers"]["AliasSerializer"]["fields"], word);
        all["serializers"]["AliasSerializer"]["extra_kwargs"][word] =
            json!({"source": "text", "read_only": true});
    }),
    ("method field", |all, word| {
        push(&mut all["serializers"]["MethodSerializer"]["fields"], word);
        all["serializers"]["MethodSerializer"]["methods"][word] = json!({"type": "string"});
    }),
    ("nested field", |all, word| {
        push(&mut all["serializers"]["NestedSerializer"]["fields"], word);
        all["serializers"]["NestedSerializer"]["nested"][word] =
            json!({"serializer": "AliasSerializer", "read_only": true});
        all["serializers"]["NestedSerializer"]["extra_kwargs"][word] = json!({"source": "*"});
    }),
    ("validated field", |all, word| {
        all["models"]["Checked"]["properties"][word] = json!({"type": "string", "default": ""});
        push(&mut all["serializers"]["CheckedSerializer"]["validators"], format!("validate_{word}"));
    }),
    ("link", |all, word| {
        push(&mut all["serializers"]["LinkedSerializer"]["fields"], word);
        all["serializers"]["LinkedSerializer"]["links"][word] =
            json!({"action": "list", "kwargs": {word: 5}});
    }),
    ("action", |all, word| all["consumers"]["Acting"]["actions"][word] = json!({})),
    ("input", |all, word| {
        all["consumers"]["Taking"]["actions"]["take"]["input"]["properties"][word] =
            json!({"type": "string"});
    }),
    ("output", |all, word| {
        all["consumers"]["Taking"]["actions"]["take"]["output"]["properties"][word] =
            json!({"type": "string"});
    }),
    ("look-up argument", |all, word| {
        all["consumers"][format!("Finding_{word}")] = json!({
            "stream": format!("finding-{word}"), "serializer": "AliasSerializer", "mixins": ["retrieve"],
            "lookup_url_kwarg": word,
        });
    }),
    ("observer", |all, word| {
        all["consumers"]["Observing"]["observers"][word] = json!({"model": "Plain", "serializer": "AliasSerializer", "groups": "custom", "message": "custom"});
    }),
    ("observed rows", |all, word| {
        all["consumers"]["Guarding"]["observers"][word] = json!({"model": "Word", "queryset": "custom"});
    }),
    ("group", |all, word| {
        all["models"]["Word"]["properties"][word] = json!({"type": "string", "default": ""});
        all["consumers"]["Grouping"]["observers"][format!("by_{word}")] =
            json!({"model": "Word", "groups": [{"by": [word]}]});
    }),
    ("filter", |all, word| {
        all["models"]["Word"]["properties"][word] = json!({"type": "string", "default": ""});
        for list in ["filter", "search", "order_by"] {
            push(&mut all["consumers"]["Listing"][list], word);
        }
    }),
    ("signal", |all, word| {
        all["consumers"]["Signalling"]["signals"][word] = json!({"payload": {"type": "object", "properties": {word: {"type": "string"}}}, "groups": "custom"});
    }),
    ("event", |all, word| {
        all["consumers"]["Telling"]["events"][word] =
            json!({"type": "object", "properties": {word: {"type": "string"}}});
    }),
    ("permission", |all, word| push(&mut all["consumers"]["Guarded"]["permission_classes"], word)),
    ("view action", |all, word| all["consumers"]["Viewing"]["view"][word] = json!("GET")),
    ("stream", |all, word| {
        all["consumers"][format!("Stream_{word}")] =
            json!({"stream": word, "path": format!("/ws/to-{word}/")});
    }),
    ("consumer", |all, word| {
        all["consumers"][format!("{word}_consumer")] = json!({"stream": format!("consumer-{word}")});
    }),
    ("serializer", |all, word| {
        all["serializers"][format!("{word}_serializer")] =
            json!({"model": "Plain", "fields": ["id", "text"]});
    }),
    ("enum value", |all, word| push(&mut all["$defs"]["WordKind"]["enum"], word)),
    ("tag", |all, word| {
        push(
            &mut all["$defs"]["Tagged"]["oneOf"],
            json!({
                "title": format!("{word} form"), "type": "object", "required": ["kind"],
                "properties": {"kind": {"const": word}, word: {"type": "string"}},
            }),
        );
    }),
    ("type", |all, word| {
        all["$defs"][word] = json!({"type": "object", "properties": {word: {"type": "string"}}});
    }),
    ("model", |all, word| {
        all["models"][word] =
            json!({"type": "object", "properties": {"text": {"type": "string", "default": ""}}});
    }),
    ("crate", |all, word| all["name"] = json!(word)),
];

/// Appends to a list, which may not be there yet.
fn push(list: &mut Value, item: impl Into<Value>) {
    if list.is_null() {
        *list = json!([]);
    }
    if let Value::Array(list) = list {
        list.push(item.into());
    }
}

/// A definition with room for words everywhere.
fn base() -> Value {
    let text = json!({"type": "string", "default": ""});
    json!({
        "name": "hostile-words",
        "$defs": {},
        "models": {
            "Word": {"type": "object", "properties": {"text": text}},
            "Checked": {"type": "object", "properties": {"text": text}},
            "Plain": {"type": "object", "properties": {"text": text}},
            "Owner": {"type": "object", "properties": {"text": text}},
            "Target": {"type": "object", "properties": {"text": text}},
            "Referring": {"type": "object", "properties": {"text": text}},
        },
        "serializers": {
            "WordSerializer": {"model": "Word", "fields": "__all__"},
            "OwnerSerializer": {"model": "Owner", "fields": "__all__"},
            "TargetSerializer": {"model": "Target", "fields": ["id"]},
            "AliasSerializer": {"model": "Plain", "fields": ["id", "text"]},
            "MethodSerializer": {"model": "Plain", "fields": ["id"]},
            "NestedSerializer": {"model": "Plain", "fields": ["id"]},
            "CheckedSerializer": {"model": "Checked", "fields": "__all__"},
            "LinkedSerializer": {"model": "Plain", "fields": ["id"]},
        },
        "consumers": {
            "Listing": {
                "serializer": "WordSerializer", "mixins": ["list", "create", "update", "patch", "observer_instance"],
                "observers": {"everything": {"model": "Word", "serializer": "WordSerializer"}},
            },
            "Owning": {"serializer": "OwnerSerializer", "mixins": ["list", "create", "patch"]},
            "Targeting": {"serializer": "TargetSerializer", "mixins": ["list"]},
            "Aliasing": {"serializer": "AliasSerializer", "mixins": ["list", "retrieve"]},
            "Computing": {"serializer": "MethodSerializer", "mixins": ["list"]},
            "Nesting": {"serializer": "NestedSerializer", "mixins": ["list"]},
            "Checking": {"serializer": "CheckedSerializer", "mixins": ["create", "patch"]},
            "Linking": {"serializer": "LinkedSerializer", "mixins": ["list"]},
            "Acting": {},
            "Taking": {"actions": {"take": {
                "input": {"type": "object", "properties": {"text": text}},
                "output": {"type": "object", "properties": {"text": text}},
            }}},
            "Guarding": {"serializer": "AliasSerializer", "mixins": ["list"]},
            "Observing": {"serializer": "AliasSerializer", "mixins": ["list"]},
            "Grouping": {},
            "Signalling": {},
            "Telling": {},
            "Guarded": {"serializer": "AliasSerializer", "mixins": ["list", "retrieve"]},
            "Viewing": {"view": {"peek": "GET"}},
        },
    })
}

/// Gives a definition for every path that is asked for.
struct One(String);

impl Loader for One {
    fn load(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.clone().into_bytes())
    }
}

/// What is wrong with a definition; nothing if it is taken.
fn problems(definition: &Value) -> String {
    let compiled = compile(&[PathBuf::from("definitions.json")], &One(definition.to_string()));
    if !compiled.diagnostics.has_errors() {
        return String::new();
    }
    rendered(&compiled)
}

/// Those of some words that are taken at a position. The others have to be refused by their names.
fn taken<'w>(position: &Position, words: &[&'w str]) -> Vec<&'w str> {
    let mut definition = base();
    words.iter().for_each(|word| position.1(&mut definition, word));
    let problems = problems(&definition);
    if problems.is_empty() {
        return words.to_vec();
    }
    if let [word] = words {
        let refused =
            ["error[reserved-name]", "error[name-collision]", "error[invalid-name]", "error[duplicate-name]"];
        let is_refused = refused.iter().any(|code| problems.starts_with(code));
        assert!(is_refused, "{word} as a {}:\n{problems}", position.0);
        return Vec::new();
    }
    let (one, other) = words.split_at(words.len() / 2);
    [taken(position, one), taken(position, other)].concat()
}

/// The words at the positions where they are taken.
fn with_words(name: &str, positions: impl Fn(&str) -> Vec<&'static str>) -> Value {
    let mut definition = base();
    for position in POSITIONS {
        for word in taken(position, &positions(position.0)) {
            position.1(&mut definition, word);
        }
    }
    definition["name"] = json!(name);
    definition
}

#[test]
fn there_are_many_names() {
    assert!(names("").len() >= 300);
}

#[test]
fn every_name_is_taken_as_a_member() {
    let (names, refused) = (names(""), ["request_id"]);
    for place in ["property", "action", "input", "output", "event", "stream", "enum value", "method field"] {
        let position = POSITIONS.iter().find(|(name, _)| *name == place).expect("a position");
        // Consumers have names of their own here, which are those of files.
        let names: Vec<&str> =
            names.iter().copied().filter(|name| place != "stream" || name.is_ascii()).collect();
        let left: Vec<&str> = names.iter().copied().filter(|name| !refused.contains(name)).collect();
        assert_eq!(taken(position, &left), left, "{place}");
    }
}

#[test]
fn keywords_are_taken_as_members() {
    let keywords: Vec<&str> = RUST.iter().copied().filter(|word| *word != "Self").collect();
    for place in ["property", "method field", "action", "input", "observer", "signal", "event", "stream"] {
        let position = POSITIONS.iter().find(|(name, _)| *name == place).expect("a position");
        assert_eq!(taken(position, &keywords), keywords, "{place}");
    }
}

/// Every case, in a folder with its `definitions.json`: the texts are committed, the words are put together into
/// `target/hostile`, from where `tests/run client` takes them.
pub(crate) fn cases() -> &'static [PathBuf] {
    static CASES: OnceLock<Vec<PathBuf>> = OnceLock::new();
    CASES.get_or_init(made)
}

fn made() -> Vec<PathBuf> {
    // Types and models share one namespace, and a crate has one name. Those of no language are served by `tests/e2e`.
    let words = with_words("hostile-words", |place| match place {
        "model" | "crate" => Vec::new(),
        _ => [names("Rust: keywords"), names("Rust: methods"), names("JavaScript and")].concat(),
    });
    let models = with_words("hostile-models", |place| match place {
        "model" => [names("Rust: keywords"), names("Rust: the prelude")].concat(),
        _ => Vec::new(),
    });
    let made = [("words", words), ("models", models)].map(|(name, definition)| {
        let folder = root().join("target/hostile").join(name);
        fs::create_dir_all(&folder).expect("writable");
        write_if_changed(&folder.join("definitions.json"), &definition.to_string());
        folder
    });
    made.into_iter().chain([root().join("tests/hostile/texts")]).collect()
}

#[test]
fn what_is_generated_is_read_by_its_language() {
    for case in cases() {
        for (path, text) in plan(case).files {
            let hidden = text.chars().find(|c| *c != '\n' && is_hidden(*c));
            assert_eq!(hidden, None, "{path}");
            if path.ends_with(".rs") {
                syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            } else if path.ends_with(".json") {
                serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            }
        }
    }
}

/// Control characters, breaks of lines, marks of direction and what has no width, as the generator itself has it.
fn is_hidden(c: char) -> bool {
    let marks = ['\u{61c}', '\u{200b}', '\u{200e}', '\u{200f}', '\u{feff}'];
    c.is_control()
        || marks.contains(&c)
        || ('\u{2028}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{206f}').contains(&c)
}

#[test]
fn no_keyword_is_the_name_of_a_crate() {
    let position = POSITIONS.iter().find(|(name, _)| *name == "crate").expect("a position");
    for word in RUST {
        let weak = ["auto", "default", "macro_rules", "raw", "safe", "union"].contains(word);
        assert_eq!(!taken(position, &[word]).is_empty(), weak, "{word}");
    }
}
