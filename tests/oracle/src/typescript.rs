//! The generated client, as it is emitted, in a process of Node.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::compiled::Compiled;
use crate::databases::say;

/// A process that orders rows as the client does.
#[derive(Debug)]
pub struct Client {
    /// Ends with this.
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// The modules that it has loaded.
    loaded: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    orders: Vec<Option<Vec<usize>>>,
    error: Option<String>,
}

impl Client {
    /// Starts it; none, aloud, where the packages of `tests/client` are not installed. In CI they have to be.
    ///
    /// # Panics
    /// If Node cannot be started.
    pub fn start() -> Option<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let packages: PathBuf = here.join("../client/package.json");
        if !here.join("../client/node_modules/esbuild").exists() {
            assert!(
                std::env::var_os("CI").is_none(),
                "tests/client has no packages, and in CI no test may be skipped"
            );
            say("NOT TESTED with the generated client: run `npm ci` in tests/client (`tests/run` does)");
            return None;
        }
        let mut process = Command::new("node")
            .arg(here.join("client/order.mjs"))
            .arg(packages)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("node cannot be started: {error}"));
        let input = process.stdin.take().expect("a pipe");
        let output = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        Some(Self { _process: process, input, output, loaded: BTreeMap::new() })
    }

    /// The live rows of a consumer, JSON texts, in each of the orders: names of fields, largest first with a `-`; none:
    /// the client says that only the server knows.
    ///
    /// # Panics
    /// If the client fails.
    pub async fn ordered(
        &mut self,
        compiled: &Compiled,
        consumer: &str,
        rows: &[&str],
        orders: &[Vec<String>],
        drift: Option<&str>,
    ) -> Vec<Option<Vec<usize>>> {
        let mut modules = compiled.client();
        modules.retain(|path, _| path.starts_with("src/") && path.ends_with(".ts"));
        if modules != self.loaded {
            self.ask(&json!({ "files": modules, "consumer": consumer })).await;
            self.loaded = modules;
        }
        self.ask(&json!({ "rows": rows, "orders": orders, "drift": drift })).await.orders
    }

    async fn ask(&mut self, request: &Json) -> Answer {
        let line = format!("{request}\n");
        self.input.write_all(line.as_bytes()).await.expect("the client reads");
        let answer = self.output.next_line().await.expect("the client answers");
        let answer = answer.expect("the client is there");
        let answer: Answer =
            serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        if let Some(error) = answer.error {
            panic!("the client fails: {error}");
        }
        answer
    }
}
