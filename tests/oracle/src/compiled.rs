//! Definitions through the generator, as a library: no file is read, and none is written.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use dcrf::config::Config;
use dcrf::diag::{Code, Diagnostics, Sink, render};
use dcrf::emit;
use dcrf::evolve::{Previous, evolve};
use dcrf::ir::{Api, Runtime};
use dcrf::syntax::Loader;
use dcrf_runtime::{Migration, Migrations};

use crate::definition::Definition;

/// What the generator makes of a definition.
#[derive(Debug)]
pub struct Compiled {
    /// The resolved program.
    pub api: Api,
    /// The files of the crate, by their paths.
    pub files: BTreeMap<String, String>,
}

/// The only file that there is.
struct One(Vec<u8>);

impl Loader for One {
    fn load(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.clone())
    }
}

impl Compiled {
    /// Generates a crate that nothing was generated for before.
    ///
    /// # Panics
    /// If the generator refuses the definition: it is meant to be good.
    pub fn of(definition: &Definition) -> Self {
        Self::of_text(&definition.to_text())
    }

    /// The same of a document that is a text already.
    ///
    /// # Panics
    /// As [`of`](Self::of).
    pub fn of_text(text: &str) -> Self {
        Self::after(text, &BTreeMap::new(), &[]).unwrap_or_else(|found| {
            panic!("the generator refuses this definition:\n{text}\n{found}");
        })
    }

    /// The same, where these files were generated before. What `allowed` names may be lost.
    ///
    /// # Errors
    /// What the generator says, if it refuses.
    ///
    /// # Panics
    /// If the files are not those of an earlier run.
    pub fn after(text: &str, former: &BTreeMap<String, String>, allowed: &[Code]) -> Result<Self, String> {
        let path = PathBuf::from("definition.json");
        let compiled = dcrf::compile(&[path], &One(text.as_bytes().to_vec()));
        let told = |found: &Diagnostics| {
            let lines = found.iter().map(|found| render::human(found, &compiled.sources, false));
            lines.collect::<Vec<_>>().join("\n")
        };
        let Some((api, places)) = compiled.api.zip(compiled.places) else {
            return Err(told(&compiled.diagnostics));
        };
        let previous = Previous::read(former).unwrap_or_else(|error| panic!("{error}"));
        let sink = Sink::new();
        let Some(evolution) = evolve(&api, &places, &previous, allowed, &sink) else {
            return Err(told(&sink.finish()));
        };
        let config = Config { runtime: Runtime::Version("0.1".to_owned()), client: false };
        let files = emit::emit(&api, &config, &evolution).files;
        Ok(Self { api, files })
    }

    /// The migrations, leaked, each with its text changed by `alter`.
    pub fn migrations(&self, alter: fn(&str) -> String) -> &'static Migrations {
        let (sqlite, postgres) = (self.migrations_of("sqlite", alter), self.migrations_of("postgres", alter));
        Box::leak(Box::new(Migrations { sqlite, postgres }))
    }

    fn migrations_of(&self, dialect: &str, alter: fn(&str) -> String) -> &'static [Migration] {
        let folder = format!("migrations/{dialect}/");
        let files = self.files.iter().filter_map(|(path, text)| {
            let name = path.strip_prefix(&folder)?.strip_suffix(".sql")?;
            Some((name, text))
        });
        let migrations = (1..).zip(files).map(|(version, (name, text))| Migration {
            version,
            name: name.to_owned().leak(),
            sql: alter(text).leak(),
        });
        migrations.collect::<Vec<_>>().leak()
    }

    /// The files of the TypeScript client.
    pub fn client(&self) -> BTreeMap<String, String> {
        emit::client(&self.api).files
    }
}
