//! SQL: the migrations of the tables, in one text for each database.

mod any_type;
mod constraints;
mod dialect;
mod images;
mod logged;
mod observed;
mod postgres;
mod predicates;
mod rules;
mod sqlite;
mod stages;
mod statements;
mod stored;
mod tasks;
mod words;

pub use crate::evolve::{By, Language, Listed};

use crate::emit::docs::banner;
use crate::evolve::{self, Change, Evolution, FOLDERS, SNAPSHOT, Snapshot};
use crate::ir::Api;
use crate::output::Plan;

/// The migrations of the crate, in order.
#[derive(Debug)]
pub struct Migrations {
    /// The migrations, with those of the user's own.
    pub listed: Vec<Listed>,
}

/// Adds the previous migrations and, if the tables differ from theirs, another one.
pub(super) fn emit(api: &Api, evolution: &Evolution, plan: &mut Plan) -> Migrations {
    let mut listed = evolution.listed.clone();
    for (path, text) in &evolution.files {
        plan.add(path.clone(), text.clone());
    }
    plan.own.extend(evolution.own.clone());
    let changes = evolve::diff(evolution);
    if !changes.is_empty() {
        let name = evolve::migration(evolve::next(&listed), &changes);
        for (folder, script) in FOLDERS.iter().zip(scripts(&changes, evolution)) {
            let text = format!("-- {}\n\n{script}", banner(&api.origin));
            plan.add(format!("{folder}{name}.sql"), text);
        }
        listed.push(Listed::of_definition(name));
    }
    let snapshot = Snapshot { migrations: listed.clone(), schema: evolution.schema.clone() };
    plan.add(SNAPSHOT, snapshot.to_json());
    plan.history.extend(FOLDERS.map(str::to_owned));
    Migrations { listed }
}

/// Returns the statements for each database, in the order of [`FOLDERS`].
fn scripts(changes: &[Change<'_>], evolution: &Evolution) -> [String; 2] {
    [sqlite::script(changes, evolution), postgres::script(changes, evolution)]
}

/// Returns the texts of the migration that makes all tables in an empty database and replaces earlier ones, for each
/// database in the order of [`FOLDERS`]. `told` names the earlier ones, and the statements begin with those in `first`.
pub(super) fn squashed(api: &Api, told: [String; 2], first: [String; 2]) -> [String; 2] {
    let evolution = Evolution::of_nothing(api);
    let [sqlite, postgres] = scripts(&evolve::diff(&evolution), &evolution);
    let text = |told: String, first: String, script: String| {
        format!(
            "-- {}\n--\n-- It makes all tables in an empty database. One that has applied these has no need of it:\n\
             {told}\n{first}{script}",
            banner(&api.origin)
        )
    };
    let ([for_sqlite, for_postgres], [before_sqlite, before_postgres]) = (told, first);
    [text(for_sqlite, before_sqlite, sqlite), text(for_postgres, before_postgres, postgres)]
}

/// Returns the first texts of a migration of the user's own, for each database in the order of [`FOLDERS`].
pub(super) fn own() -> [String; 2] {
    OWN.map(|(database, about)| {
        format!(
            "-- A migration of your own for {database}: dcrf never changes this file.\n\
             --\n\
             -- It runs after those with lower numbers, once, in the transaction of all that are pending. {about}\n\
             -- Databases that have applied it refuse another text, so change it only until the first one has.\n\
             -- What `migrate plan` and `migrate apply` are to tell of it stands in lines of their own, each before its SQL:\n\
             --\n\
             --   -- dcrf:step \"table\" What is done to the table.\n\n"
        )
    })
}

/// The databases, and what the user has to know of each.
const OWN: [(&str, &str); 2] = [
    (
        "SQLite",
        "Foreign keys are\n-- checked at its end. How values are stored: dates and times are texts, moments microseconds.",
    ),
    ("PostgreSQL", "What it locks stays\n-- locked until its end."),
];
