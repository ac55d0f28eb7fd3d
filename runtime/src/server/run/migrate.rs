//! The commands `migrate status`, `migrate plan` and `migrate apply`.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use super::arguments::{Form, Task};
use super::stdout::print;
use crate::db::{Applied, Db, Entry, Migration, Migrator, Planned, Progress, Rows, State, View};
use crate::ground::error::Result;
use crate::ground::url::without_password;
use crate::server::Service;

/// Runs the task, and prints the result.
pub(super) async fn run(service: &Service, url: &str, task: Task) -> Result<ExitCode> {
    service.in_rust().check(service.migrations().sqlite)?;
    match task {
        Task::Status(form) => Ok(status(url, &Db::look(url, *service.migrations()).await?, form)),
        Task::Plan(form) => Ok(plan(url, &Db::look(url, *service.migrations()).await?, form)),
        Task::Apply { dry_run } => apply(service, url, dry_run).await,
    }
}

async fn apply(service: &Service, url: &str, dry_run: bool) -> Result<ExitCode> {
    let progress = Terminal { watched: stderr().is_terminal() };
    let (migrations, in_rust) = (*service.migrations(), service.in_rust());
    let migrator = Migrator { migrations, in_rust, progress: &progress, dry_run };
    let (applied, verb) = if dry_run {
        (Db::rehearse(url, migrator).await?, "tried")
    } else {
        let (db, applied) = Db::open(url, migrator).await?;
        db.close().await;
        (applied, "applied")
    };
    for Applied { migration, took } in &applied {
        print(&format!("{verb} {migration} in {} ms", took.as_millis()));
    }
    let database = without_password(url);
    let done = match applied.len() {
        0 => "nothing to do".to_owned(),
        1 => format!("1 migration {verb}"),
        count => format!("{count} migrations {verb}"),
    };
    if dry_run {
        print(&format!("{database} is as it was: {done}, and all of it was undone"));
    } else {
        print(&format!("{database} is up to date: {done}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The progress, which is printed on the terminal, if there is one.
struct Terminal {
    watched: bool,
}

impl Terminal {
    fn say(&self, text: &str) {
        if self.watched {
            // There is no other place to report a failure of stderr.
            let mut err = stderr().lock();
            let _ = write!(err, "{text}").and_then(|()| err.flush());
        }
    }
}

impl Progress for Terminal {
    fn begins(&self, migration: &Migration, step: Option<&str>) {
        match step {
            Some(step) => self.say(&format!("{migration}: {step} ")),
            None => self.say(&format!("{migration} ")),
        }
    }

    fn ended(&self, took: Duration) {
        self.say(&format!("({} ms)\n", took.as_millis()));
    }

    fn waits(&self, reason: &str) {
        let mut err = stderr().lock();
        let _ = writeln!(err, "waiting: {reason}").and_then(|()| err.flush());
    }
}

fn status(url: &str, view: &View, form: Form) -> ExitCode {
    let is_settled = view.entries.iter().all(|entry| entry.state.is_settled());
    match form {
        Form::Json => {
            let migrations: Vec<Value> = view.entries.iter().map(as_json).collect();
            let told = json!({
                "database": without_password(url),
                "exists": view.is_there,
                "up_to_date": is_settled,
                "migrations": migrations,
            });
            print(&told.to_string());
        }
        Form::Text => {
            let longest = view.entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
            for entry in &view.entries {
                let told = as_text(entry, longest);
                print(told.trim_end());
            }
            print(&format!("{} {}", without_password(url), summary(view, is_settled)));
        }
    }
    if is_settled { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn summary(view: &View, is_settled: bool) -> String {
    let count = |is: fn(&State) -> bool| view.entries.iter().filter(|entry| is(&entry.state)).count();
    let pending = count(|state| *state == State::Pending);
    let wrong = count(|state| !state.is_settled() && *state != State::Pending);
    match (view.is_there, pending, wrong) {
        (false, 0, 0) => "does not exist, and no migration is pending".to_owned(),
        (false, _, 0) => format!("does not exist: {pending} pending"),
        (false, ..) => format!("does not exist: {pending} pending, {wrong} wrong"),
        _ if is_settled => "is up to date".to_owned(),
        (_, _, 0) => format!("is not up to date: {pending} pending"),
        _ => format!("is not up to date: {pending} pending, {wrong} wrong"),
    }
}

/// Returns the stable name of a state.
fn name(state: &State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::Pending => "pending",
        State::Changed { .. } => "changed",
        State::Partial { .. } => "partial",
        State::Lacking { .. } => "lacking",
        State::Newer => "newer",
        State::Unknown => "unknown",
    }
}

fn as_text(entry: &Entry, longest: usize) -> String {
    let state = name(&entry.state);
    let more = match &entry.state {
        State::Applied => entry.applied_at.clone().unwrap_or_default(),
        State::Pending => String::new(),
        _ => entry.sentence(),
    };
    format!("{state:<8} {:<longest$}  {more}", entry.name)
}

fn as_json(entry: &Entry) -> Value {
    let told = matches!(entry.state, State::Applied | State::Pending);
    json!({
        "version": entry.version,
        "name": entry.name,
        "state": name(&entry.state),
        "applied_at": entry.applied_at,
        "message": (!told).then(|| entry.sentence()),
    })
}

fn plan(url: &str, view: &View, form: Form) -> ExitCode {
    let wrong: Vec<String> =
        view.entries.iter().filter(|entry| entry.state.is_wrong()).map(Entry::sentence).collect();
    match form {
        Form::Json => {
            let migrations: Vec<Value> = view.plan.iter().map(planned_as_json).collect();
            let told = json!({
                "database": without_password(url),
                "exists": view.is_there,
                "wrong": wrong,
                "migrations": migrations,
            });
            print(&told.to_string());
        }
        Form::Text => {
            view.plan.iter().for_each(print_planned);
            for sentence in &wrong {
                print(sentence);
            }
            let (database, count) = (without_password(url), view.plan.len());
            print(&match (wrong.is_empty(), count) {
                (false, _) => format!("{database}: nothing can be applied"),
                (true, 0) => format!("{database} is up to date: nothing to do"),
                (true, 1) => format!("{database}: 1 migration is to be applied"),
                (true, _) => format!("{database}: {count} migrations are to be applied"),
            });
        }
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print_planned(planned: &Planned) {
    print(planned.migration.name);
    for step in &planned.steps {
        print(&format!("  {step}"));
    }
    for (table, rows) in &planned.tables {
        print(&match rows {
            Rows::Exactly(1) => format!("  {table} has 1 row"),
            Rows::Exactly(rows) => format!("  {table} has {rows} rows"),
            Rows::About(rows) => format!("  {table} has about {rows} rows"),
            Rows::Unknown => format!("  {table} did not say in time how many rows it has"),
        });
    }
}

fn planned_as_json(planned: &Planned) -> Value {
    let tables = planned.tables.iter().map(|(table, rows)| {
        let (rows, exact) = match rows {
            Rows::Exactly(rows) => (Some(*rows), true),
            Rows::About(rows) => (Some(*rows), false),
            Rows::Unknown => (None, false),
        };
        json!({ "name": table, "rows": rows, "exact": exact })
    });
    json!({
        "version": planned.migration.version,
        "name": planned.migration.name,
        "in_rust": planned.migration.is_in_rust(),
        "steps": planned.steps,
        "tables": tables.collect::<Vec<_>>(),
    })
}
