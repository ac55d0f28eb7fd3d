//! What a run says at its end.

use std::fmt::Write as _;

use dcrf_oracle::databases::say;
use dcrf_oracle::definition::Stream;
use dcrf_oracle::rows::{payload, shown};
use dcrf_oracle::settings::REPLAY;
use dcrf_oracle::wire::Call;
use serde_json::json;

use super::case::{Case, World, Write};
use super::failure::Failure;
use super::run::Run;

impl Run {
    /// Says what was tried and what was found.
    pub fn tell(&self) {
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        let seconds = self.time.as_secs_f64();
        let mut text = format!(
            "{} cases in {} worlds, from the seed {:x}, in {seconds:.1} s ({:.0} a second), on {}{}; {} orders only the \
             server can say",
            self.cases,
            self.worlds,
            self.settings.seed,
            self.cases as f64 / seconds,
            places.join(", "),
            if self.client { " and with the generated client" } else { "" },
            self.unknown,
        );
        for (world, failure) in &self.failures {
            text += "\n\n";
            text += &described(world, failure);
        }
        say(&text);
    }
}

/// A failure: how to see it again, and all that it takes.
fn described(world: &World, failure: &Failure) -> String {
    let case = failure.case.map_or_else(String::new, |case| format!(":{case}"));
    let mut text = format!("{failure}\n");
    let _ = writeln!(
        text,
        "  again: {REPLAY}={:x}{case} cargo test -p dcrf-oracle --test it every_judge",
        world.seed
    );
    let models = &world.definition.to_json()["models"];
    let _ = writeln!(text, "  the models, made smaller: {models}");
    if !world.definition.ordering.is_empty() {
        let _ = writeln!(text, "  ordering: {:?}", world.definition.ordering);
    }
    for (model, rows) in world.definition.models.iter().zip(&world.rows.tables).rev() {
        for (number, row) in rows.iter().flatten().enumerate() {
            let _ = writeln!(text, "  {} {number}: {}", model.name, shown(model, row));
        }
    }
    for (_, case) in &world.cases {
        text += &asked(world, case);
    }
    for write in &world.writes {
        let model = world.definition.root();
        let _ = match write {
            Write::Create(row) => writeln!(text, "  create {}", payload(model, row)),
            Write::Patch { row, changes } => {
                let changes = changes
                    .iter()
                    .map(|(column, value)| format!("{}: {}", model.columns[*column].name, value.to_json()));
                writeln!(text, "  patch {row}: {}", changes.collect::<Vec<_>>().join(", "))
            }
            Write::Delete { row } => writeln!(text, "  delete {row}"),
        };
    }
    text
}

/// The frame of a case, and its queryset.
fn asked(world: &World, case: &Case) -> String {
    let stream = Stream::Whole.name(world.definition.root());
    let call = Call::new(stream, "list", "1", case.arguments(&world.definition));
    let mut text = format!("  {}\n", call.frame(world.framing));
    if case.form != super::case::Form::Whole {
        let _ = writeln!(text, "  as {:?}", case.form);
    }
    if let Some(tree) = &case.queryset {
        let _ = writeln!(text, "  queryset {tree:?}");
    }
    if !case.filter.is_empty() && case.is_own() {
        let filter = json!({ "action": "subscribe_to_changes", "filter": case.filter(&world.definition) });
        let _ = writeln!(text, "  {filter}");
    }
    text
}
