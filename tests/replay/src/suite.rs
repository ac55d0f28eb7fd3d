//! A directory of scenarios, played on either database: several servers side by side, each with a database of its own.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dcrf_e2e::Database;
use glob::Pattern;

use crate::pending::{self, Pending};
use crate::replay::replay;
use crate::report::{Verdict, report};
use crate::scenario::Scenario;
use crate::server::{Application, Server};

/// How long a frame may take that has to come.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long a frame may take that is not expected: of what is not built, or of a defect.
const NO_PATIENCE: Duration = Duration::from_millis(700);
/// A pattern of names: only these scenarios are played, and no complaint is made of the list.
const ONLY: &str = "DCRF_CONFORMANCE_ONLY";

/// Scenarios in the folders of `scenarios/` and `better/` of a directory, and the application that they are played
/// against. `pending.txt` names those that fail, each with the reason.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The directory.
    pub directory: PathBuf,
    /// The application.
    pub application: Application,
}

impl Suite {
    /// Every scenario, in the order of their names.
    ///
    /// # Panics
    /// If one cannot be read.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let only = env::var(ONLY).ok().map(|pattern| Pattern::new(&pattern).expect("a pattern"));
        let folders = ["scenarios", "better"].map(|whole| list(&self.directory.join(whole))).concat();
        let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| list(folder)).collect();
        files.sort();
        let wanted = |scenario: &Scenario| only.as_ref().is_none_or(|only| only.matches(&scenario.name));
        files.iter().map(|file| Scenario::read(file)).filter(wanted).collect()
    }

    /// One recorded scenario, if there is one of this name.
    pub fn scenario(&self, name: &str) -> Option<Scenario> {
        let path = self.directory.join("scenarios").join(format!("{name}.json"));
        path.exists().then(|| Scenario::read(&path))
    }

    /// The recorded defects for which `better/` has no scenario that says what this server does instead.
    pub fn defects(&self) -> Vec<String> {
        let stated = |name: &String| {
            let raw = name.trim_end_matches("@mux");
            self.directory.join("better").join(format!("{raw}.json")).exists()
                || self.directory.join("better").join(format!("{name}.json")).exists()
        };
        let defects = self.scenarios().into_iter().filter(|scenario| scenario.is_defect);
        defects.map(|scenario| scenario.name).filter(|name| !stated(name)).collect()
    }

    /// Plays scenarios on a server for each of the databases, and prints a table of what came of them.
    ///
    /// # Panics
    /// If one differs that `pending.txt` does not name, or if it names one that does not differ or is not there.
    pub async fn play_all(
        &self,
        title: &'static str,
        all: Vec<Scenario>,
        databases: Vec<Database>,
        broker: Option<&str>,
    ) {
        let list = Arc::new(pending::read(&self.directory.join("pending.txt")));
        // The slowest are those that wait for what does not come; the order of names mixes them well enough.
        let queue = Arc::new(Mutex::new(all.into_iter()));
        let players: Vec<_> = databases
            .into_iter()
            .enumerate()
            .map(|(index, database)| {
                // Servers with other databases are other applications, which share a broker.
                let broker = broker.map(|url| (url.to_owned(), format!("server-{index}")));
                let (application, queue, list) = (self.application, Arc::clone(&queue), Arc::clone(&list));
                tokio::spawn(async move {
                    let server = Server::start_with(application, database, broker).await;
                    play_queue(title, &server, &queue, &list).await
                })
            })
            .collect();
        let mut results = Vec::new();
        for player in players {
            results.extend(player.await.expect("a player that does not panic"));
        }
        results.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut wrong = report(title, &results);
        if env::var_os(ONLY).is_none() && broker.is_none() {
            let names: Vec<String> = self.scenarios().into_iter().map(|scenario| scenario.name).collect();
            for pending in list.iter().filter(|pending| !names.iter().any(|name| pending.concerns(name))) {
                wrong += &format!("pending.txt: there is no scenario {}\n", pending.pattern());
            }
        }
        assert!(wrong.is_empty(), "{title}:\n{wrong}");
    }
}

fn list(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = path.read_dir() else { return Vec::new() };
    entries.map(|entry| entry.expect("a readable directory").path()).collect()
}

async fn play_queue(
    title: &str,
    server: &Server,
    queue: &Mutex<std::vec::IntoIter<Scenario>>,
    list: &[Pending],
) -> Vec<(String, Verdict)> {
    let mut results = Vec::new();
    loop {
        let Some(scenario) = queue.lock().unwrap_or_else(PoisonError::into_inner).next() else {
            return results;
        };
        let verdict = judge(title, server, &scenario, list).await;
        results.push((scenario.name, verdict));
    }
}

async fn judge(title: &str, server: &Server, scenario: &Scenario, list: &[Pending]) -> Verdict {
    if scenario.is_defect {
        return Verdict::Defect { same: replay(server, scenario, NO_PATIENCE).await.is_ok() };
    }
    match pending::reason(list, title, &scenario.name) {
        None => match replay(server, scenario, PATIENCE).await {
            Ok(()) => Verdict::Passed,
            Err(difference) => Verdict::Failed(difference),
        },
        Some(reason) => match replay(server, scenario, NO_PATIENCE).await {
            Ok(()) => Verdict::Unexpected(reason.to_owned()),
            Err(_) => Verdict::Pending,
        },
    }
}
