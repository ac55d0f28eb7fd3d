//! Names that mean something in Rust, TypeScript or a database (`tests/hostile/names.txt`), served: every one of them is
//! a stream, an action, a property, a column, an event and a value at once. One crate, one run of `tsc`, one server.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use dcrf_e2e::generator;
use serde_json::{Map, Value, json};
use tokio::process::Command;

use crate::client::{blocking, command, directory, outputs, root, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_name_is_served() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-live");
    fs::create_dir_all(folder.join("src")).expect("a directory");
    let names = names();
    write(&folder.join("hostile.json"), &definition(&names).to_string());
    let client = directory().join("generated/hostile-live");
    let mut generate = Command::new(blocking(generator).await);
    generate.arg("generate").arg("hostile.json").args(["--out", "generated", "--client"]).arg(&client);
    run(generate.current_dir(&folder)).await;
    run(&mut command("node_modules/.bin/tsc", &["--noEmit", "-p", "hostile"])).await;

    let consumer = |name: &str| {
        let path = folder.join("generated/src/consumers").join(name).with_extension("rs");
        fs::read_to_string(path).expect("it is generated")
    };
    write(&folder.join("src/main.rs"), &application(&consumer("acting"), &consumer("telling")));
    let runtime = root().join("runtime").canonicalize().expect("it is there");
    let manifest = MANIFEST.replace("RUNTIME", runtime.to_str().expect("UTF-8"));
    write(&folder.join("Cargo.toml"), &manifest);
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock can be copied");
    let target = target().await;
    let build = ["build", "--quiet", "--target-dir", target.to_str().expect("UTF-8")];
    // Other `RUSTFLAGS` would compile every dependency once more.
    let (_, warnings) = outputs(Command::new(env!("CARGO")).current_dir(&folder).args(build)).await;
    assert!(warnings.is_empty(), "rustc warns:\n{warnings}");

    let mut vitest = command("node_modules/.bin/vitest", &["run", "hostile/names"]);
    // A struct of hundreds of fields, moved about without optimization, needs more than a thread has.
    let vitest =
        vitest.env("RUST_MIN_STACK", "67108864").env("DCRF_HOSTILE", target.join("debug/hostile-live-app"));
    assert!(run(vitest).await.contains(" passed"), "no test was run");
}

const MANIFEST: &str = r#"[package]
name = "hostile-live-app"
version = "0.1.0"
edition = "2024"
publish = false

[dependencies]
dcrf-runtime = { path = "RUNTIME" }
hostile-live = { path = "generated" }
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

[workspace]
members = ["generated"]

[profile.dev]
debug = false
"#;

/// The names, one a line; what begins with `# ` is a heading.
fn names() -> Vec<String> {
    let text = fs::read_to_string(root().join("tests/hostile/names.txt")).expect("it is committed");
    let names: Vec<String> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    assert!(names.len() >= 300, "names are gone");
    names
}

fn definition(names: &[String]) -> Value {
    let each = |value: &Value| -> Map<String, Value> {
        names.iter().map(|name| (name.clone(), value.clone())).collect()
    };
    let all = json!({"$ref": "#/$defs/All"});
    let mut properties = each(&json!({"type": "string"}));
    properties.insert("value_of_all".to_owned(), json!({"$ref": "#/$defs/Word"}));
    let mut consumers = json!({
        "Acting": {"actions": each(&json!({"input": all, "output": all}))},
        "Telling": {"actions": {"hear": {}, "tell": {"input": all}}, "events": each(&all)},
        "WordsConsumer": {"serializer": "WordsSerializer", "mixins": ["list", "create"]},
    });
    for (index, name) in names.iter().enumerate() {
        consumers[format!("Stream{index}Consumer")] = json!({
            "stream": name, "path": format!("/ws/to-{index}/"), "serializer": "PlainSerializer", "mixins": ["list"],
        });
    }
    json!({
        "name": "hostile-live",
        "runtime": {"path": root().join("runtime").canonicalize().expect("it is there")},
        "$defs": {"Word": {"enum": names}, "All": {"type": "object", "properties": properties}},
        "models": {
            "Words": {"type": "object", "properties": each(&json!({"type": "string", "default": ""}))},
            "Plain": {"type": "object", "properties": {"text": {"type": "string", "default": ""}}},
        },
        "serializers": {
            "WordsSerializer": {"model": "Words", "fields": "__all__"},
            "PlainSerializer": {"model": "Plain", "fields": "__all__"},
        },
        "consumers": consumers,
    })
}

/// An application that answers every action with its input, and tells every event: what is to be written is found in
/// the generated trait, as the compiler would have it.
fn application(acting: &str, telling: &str) -> String {
    let (_, body) =
        acting.split_once("pub trait ActingHandler").expect("the actions are the application's own");
    let methods = body.split("\n}\n").next().unwrap_or_default().split("fn ").skip(1);
    let mut echoes = String::new();
    for name in methods.filter_map(|method| method.split('(').next()) {
        writeln!(
            echoes,
            "    async fn {name}(&self, _: &Context, input: All) -> Result<All> {{ Ok(input) }}"
        )
        .expect("a text grows");
    }
    let mut told = String::new();
    for event in telling.split("Event for ").skip(1) {
        let event = event.split(' ').next().unwrap_or_default();
        writeln!(told, "        hostile_live::consumers::{event}(input.clone()).send(ctx, \"all\").await;")
            .expect("a text grows");
    }
    format!(
        r#"//! Answers with what it is given.
// Names are those of the definition, whatever they are.
#![allow(confusable_idents, mixed_script_confusables, uncommon_codepoints, non_snake_case)]

use std::process::ExitCode;

use dcrf_runtime::{{Context, Event as _, Result}};
use hostile_live::types::All;
use hostile_live::{{ActingHandler, TellingHandler}};

struct App;

impl ActingHandler for App {{
{echoes}}}

impl TellingHandler for App {{
    async fn hear(&self, ctx: &Context) -> Result<()> {{
        ctx.group("all").join().await
    }}

    async fn tell(&self, ctx: &Context, input: All) -> Result<()> {{
{told}        Ok(())
    }}
}}

#[tokio::main]
async fn main() -> ExitCode {{
    dcrf_runtime::run(hostile_live::service(App)).await
}}
"#
    )
}

/// The folder of what is built, shared with the workspace: its dependencies are built already.
async fn target() -> PathBuf {
    let mut metadata = Command::new(env!("CARGO"));
    metadata.current_dir(root()).args(["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&run(&mut metadata).await).expect("JSON");
    PathBuf::from(metadata["target_directory"].as_str().expect("a path"))
}

fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("writable");
    }
}
