//! The test suite of JSON Schema, draft 2020-12: `tests/json-schema` of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use dcrf_scalars::schema::{DIALECT, Documents, Graph, Map, Told, Value, bundle, compile};

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/json-schema")
}

fn read(path: &Path) -> Value<'static> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Value::parse(&text, 128).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let (folders, mut files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    folders.iter().for_each(|folder| files.extend(self::files(folder)));
    files
}

/// What the suite expects to be there.
fn remotes() -> Documents {
    let mut documents = Documents::new();
    for (uri, text) in DIALECT {
        documents.add(uri, Value::parse(text, 64).expect("the dialect").into_owned());
    }
    let root = suite().join("remotes");
    for path in files(&root) {
        let name = path.strip_prefix(&root).expect("below the remotes").display().to_string();
        documents.add(&format!("http://localhost:1234/{name}"), read(&path));
    }
    documents
}

/// Runs the files; `asserts` is whether formats are asserted. Gives groups and tests, and what does not agree.
fn run(paths: &[PathBuf], asserts: bool, bundled: bool) -> (usize, usize, Vec<String>) {
    let remotes = remotes();
    let (mut groups, mut tests, mut wrong) = (0, 0, Vec::new());
    for path in paths {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let file = read(path);
        for group in file.as_list().expect("a list of groups") {
            groups += 1;
            let group = group.as_map().expect("a group");
            let text = |key: &str| group.get(key).and_then(Value::as_text).unwrap_or_default().to_owned();
            let what = format!("{name}: {}", text("description"));
            let schema = group.get("schema").expect("a schema").clone();
            match graph(&remotes, schema, asserts, bundled) {
                Err(error) => {
                    tests += group.get("tests").and_then(Value::as_list).map_or(0, <[_]>::len);
                    wrong.push(format!("{what}: {error}"));
                }
                Ok(graph) => {
                    for test in group.get("tests").and_then(Value::as_list).expect("tests") {
                        tests += 1;
                        let test = test.as_map().expect("a test");
                        let data = test.get("data").expect("data");
                        let valid = test.get("valid") == Some(&Value::Boolean(true));
                        let refusals = graph.judge(data, data.compact().len()).expect("few steps");
                        if refusals.is_empty() != valid {
                            let description =
                                test.get("description").and_then(Value::as_text).unwrap_or_default();
                            wrong.push(format!("{what}: {description}: {:?}", refusals.told()));
                        }
                    }
                }
            }
        }
    }
    (groups, tests, wrong)
}

fn graph(remotes: &Documents, schema: Value<'static>, asserts: bool, bundled: bool) -> Result<Graph, String> {
    let mut documents = remotes.clone();
    let schema = asserted(schema, asserts);
    let document = documents.add("memory:/schema.json", schema);
    let place = documents.root(document);
    let compiled = compile(&documents, &place).map_err(|error| error.to_string())?;
    if !bundled {
        return Ok(compiled.graph);
    }
    let text = bundle(&documents, &place, &compiled);
    let mut alone = Documents::new();
    let schema = Value::parse(&text, 128).map_err(|error| format!("{error}: {text}"))?.into_owned();
    let document = alone.add("dcrf:/", schema);
    let compiled = compile(&alone, &alone.root(document)).map_err(|error| format!("{error}: {text}"))?;
    Ok(compiled.graph)
}

fn asserted(schema: Value<'static>, asserts: bool) -> Value<'static> {
    match schema {
        Value::Map(map) if asserts => {
            let own = map.iter().map(|(key, value)| (key.to_owned().into(), value.clone()));
            let format = ("x-format".into(), Value::Text("assert".into()));
            Value::Map(Map::new(own.chain([format]).collect()))
        }
        schema => schema,
    }
}

fn holds(paths: &[PathBuf], asserts: bool) {
    for bundled in [false, true] {
        let (groups, tests, wrong) = run(paths, asserts, bundled);
        println!("{groups} groups, {tests} tests, {} of which differ", wrong.len());
        assert!(wrong.is_empty(), "{} of {tests}, bundled: {bundled}:\n{}", wrong.len(), wrong.join("\n"));
    }
}

fn required() -> Vec<PathBuf> {
    let folder = suite().join("tests/draft2020-12");
    files(&folder).into_iter().filter(|path| path.parent() == Some(folder.as_path())).collect()
}

#[test]
fn every_required_test_agrees() {
    let paths = required();
    let (groups, tests, _) = run(&paths, false, false);
    assert_eq!((groups, tests), (383, 1299));
    holds(&paths, false);
}

#[test]
fn every_format_agrees() {
    holds(&files(&suite().join("tests/draft2020-12/optional/format")), true);
}

#[test]
fn what_is_optional_agrees() {
    let folder = suite().join("tests/draft2020-12/optional");
    holds(
        &files(&folder)
            .into_iter()
            .filter(|path| path.parent() == Some(folder.as_path()))
            .collect::<Vec<_>>(),
        false,
    );
}

/// What is answered to every test of the suite, and each schema with all that it refers to: the client is held to it.
#[test]
fn answers_are_as_written_down() {
    let path = suite().join("answers.json");
    let folder = suite().join("tests/draft2020-12");
    let remotes = remotes();
    let mut lines = Vec::new();
    for file in files(&folder) {
        let name =
            file.strip_prefix(&folder).expect("below the suite").with_extension("").display().to_string();
        for group in read(&file).as_list().expect("a list of groups") {
            let group = group.as_map().expect("a group");
            let schema = group.get("schema").expect("a schema").clone();
            let mut documents = remotes.clone();
            let document = documents.add("memory:/schema.json", asserted(schema, name.contains("format/")));
            let root = documents.root(document);
            let compiled = compile(&documents, &root).expect("it compiles");
            let answers = group.get("tests").and_then(Value::as_list).expect("tests").iter().map(|test| {
                let data = test.as_map().and_then(|test| test.get("data")).expect("data");
                let refusals = compiled.graph.judge(data, data.compact().len()).expect("few steps");
                if refusals.is_empty() { Value::Null } else { told(refusals.told()) }
            });
            let text = bundle(&documents, &root, &compiled);
            let entries = [
                ("file", Value::Text(name.clone().into())),
                ("description", group.get("description").expect("a description").clone()),
                ("schema", Value::parse(&text, 128).expect("JSON").into_owned()),
                ("answers", Value::List(answers.collect())),
            ];
            let entries = entries.into_iter().map(|(key, value)| (key.into(), value));
            lines.push(Value::Map(Map::new(entries.collect())).compact());
        }
    }
    let written = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("BLESS").is_some() && std::env::var_os("CI").is_none() {
        fs::write(&path, &written).expect("written");
    }
    assert!(
        fs::read_to_string(&path).expect("answers.json") == written,
        "{} has other answers: BLESS=1",
        path.display()
    );
}

fn told(told: Told) -> Value<'static> {
    match told {
        Told::Texts(texts) => Value::List(texts.into_iter().map(|text| Value::Text(text.into())).collect()),
        Told::Inner(entries) => {
            let entries = entries.into_iter().map(|(key, inner)| (key.into(), self::told(inner)));
            Value::Map(Map::new(entries.collect()))
        }
    }
}
