//! How long the generator takes as definitions grow: `cargo bench --bench generate`.
//!
//! Models of 10 columns, each with a serializer and a consumer of six actions. What is timed is the work between
//! reading and writing: `compile` and `emit`. Every size runs three times, and the best counts.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dcrf::config::Config;
use dcrf::emit::emit;
use dcrf::evolve::Evolution;
use dcrf::ir::Runtime;
use dcrf::syntax::Loader;

struct Text(String);

impl Loader for Text {
    fn load(&self, _path: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.clone().into_bytes())
    }
}

fn main() {
    println!("{:>7} {:>12} {:>10} {:>11} {:>14}", "models", "compile ms", "emit ms", "lines", "ms per model");
    for models in [10, 100, 1_000] {
        let text = Text(definition(models));
        let (mut compiled_in, mut emitted_in, mut lines) = (Duration::MAX, Duration::MAX, 0);
        for _ in 0..3 {
            let start = Instant::now();
            let compiled = dcrf::compile(&[PathBuf::from("bench.json")], &text);
            compiled_in = compiled_in.min(start.elapsed());
            let api = compiled.api.expect("the definition has no errors");
            let start = Instant::now();
            let config = Config { runtime: Runtime::Version("0.1".to_owned()), client: false };
            let plan = emit(&api, &config, &Evolution::of_nothing(&api));
            emitted_in = emitted_in.min(start.elapsed());
            lines = plan.files.values().map(|text| text.lines().count()).sum();
        }
        let (compile, emit) = (milliseconds(compiled_in), milliseconds(emitted_in));
        let each = (compile + emit) / f64::from(models);
        println!("{models:>7} {compile:>12.1} {emit:>10.1} {lines:>11} {each:>14.2}");
    }
    if let Some(peak) = peak_memory() {
        println!("peak memory: {peak}");
    }
}

fn definition(models: u32) -> String {
    let (mut tables, mut serializers, mut consumers) = (String::new(), String::new(), String::new());
    for model in 0..models {
        let comma = if model == 0 { "" } else { "," };
        let mut properties = String::new();
        for field in 0..10 {
            let ty =
                if field % 2 == 0 { r#""integer", "minimum": 0"# } else { r#""string", "maxLength": 100"# };
            let comma = if field == 0 { "" } else { "," };
            write!(properties, r#"{comma}"field{field}": {{"type": {ty}}}"#).expect("a string takes all");
        }
        let required: Vec<String> = (0..10).map(|field| format!("\"field{field}\"")).collect();
        let required = required.join(",");
        write!(tables, r#"{comma}"Model{model}": {{"type": "object", "properties": {{{properties}}}, "required": [{required}]}}"#)
            .expect("a string takes all");
        write!(
            serializers,
            r#"{comma}"Model{model}Serializer": {{"model": "Model{model}", "fields": "__all__"}}"#
        )
        .expect("a string takes all");
        write!(
            consumers,
            r#"{comma}"Model{model}Consumer": {{"serializer": "Model{model}Serializer", "mixins": ["list", "retrieve", "create", "update", "patch", "delete"]}}"#
        )
        .expect("a string takes all");
    }
    format!(
        r#"{{"name": "bench", "models": {{{tables}}}, "serializers": {{{serializers}}}, "consumers": {{{consumers}}}}}"#
    )
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// The most memory that was resident, where the system tells (Linux).
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}
