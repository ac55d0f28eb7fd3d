//! Tables: the constant statements of the runtime, and migrations, one text a database.

mod constraints;
mod observed;
mod postgres;
mod sqlite;
mod stages;
mod statements;
mod stored;
mod tasks;
mod words;

pub use statements::Statements;

use crate::evolve::{self, Change, Evolution, FOLDERS, SNAPSHOT, Snapshot};
use crate::ir::Api;
use crate::output::Plan;

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// The migrations of the crate, in order.
#[derive(Debug)]
pub struct Migrations {
    /// Without database and ending: `0001_initial`.
    pub names: Vec<String>,
}

/// Adds the migrations so far and, if the tables differ from theirs, one more.
pub(super) fn emit(api: &Api, evolution: &Evolution, plan: &mut Plan) -> Migrations {
    let mut names = evolution.names.clone();
    for (path, text) in &evolution.files {
        plan.add(path.clone(), text.clone());
    }
    let changes = evolve::diff(evolution);
    if !changes.is_empty() {
        let name = evolve::migration(names.len() + 1, &changes);
        let scripts: [fn(&[Change<'_>], &Evolution) -> String; 2] = [sqlite::script, postgres::script];
        for (folder, script) in FOLDERS.iter().zip(scripts) {
            let text = script(&changes, evolution);
            let text = format!("-- {}\n\n{text}", crate::emit::docs::banner(&api.origin));
            plan.add(format!("{folder}{name}.sql"), text);
        }
        names.push(name);
    }
    let snapshot = Snapshot { migrations: names.clone(), schema: evolution.schema.clone() };
    plan.add(SNAPSHOT, snapshot.to_json());
    plan.history.extend(FOLDERS.map(str::to_owned));
    Migrations { names }
}
