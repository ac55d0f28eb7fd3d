//! Measures the server over the generated crate beside the hand-written limit and the peer: `benches/run` builds and
//! starts what it needs and calls it.
//!
//! All servers of a row run at once, and the rounds go from one to the next, so that whatever else the machine does
//! hits all alike; of the rounds, the median counts, and for a ratio that of the ratios of the rounds. Only ratios of
//! one run mean anything. The generator is one thread beside the servers, and does as little as it can.

mod client;
mod crowd;
mod growth;
mod rows;
mod server;
mod table;
mod trial;

use std::process::ExitCode;

use anyhow::Context as _;
use rows::{Row, Surroundings};
use server::Program;
use table::{Figures, Measured, median, number};
use trial::Trial;

/// Rounds of each row on each server.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == ["growth"] {
        return match growth::measure() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("load: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    let rows: Option<Vec<Row>> = arguments.iter().map(|name| Row::named(name)).collect();
    match rows {
        Some(rows) if !rows.is_empty() => measure_all(&rows),
        _ => {
            let names: Vec<_> = Row::ALL.iter().map(|row| row.name()).collect();
            eprintln!("load: name the rows to measure, or `growth`: {}", names.join(", "));
            ExitCode::from(2)
        }
    }
}

/// Measures all rows and prints the table of those that could be.
fn measure_all(rows: &[Row]) -> ExitCode {
    let setting = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let around = Surroundings {
        redis: setting("LOAD_REDIS"),
        postgres: setting("LOAD_POSTGRES"),
        python: setting("LOAD_PYTHON"),
        before: setting("LOAD_BEFORE").is_some(),
    };
    let mut measured = Vec::new();
    for row in rows {
        match measure(*row, &around) {
            Ok(figures) => measured.push(figures),
            Err(error) => eprintln!("load: {}: {error:#}", row.name()),
        }
    }
    if around.before { table::print_builds(&measured) } else { table::print(&measured) }
    if measured.len() == rows.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(row: Row, around: &Surroundings) -> anyhow::Result<Measured> {
    let (mut trials, mut servers, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for server in row.servers(around)? {
        let program = server.program;
        eprintln!("{}: making {} ready", row.name(), row.called(servers.len()));
        trials.push(Trial::prepare(row, server).with_context(|| row.called(servers.len()))?);
        servers.push(Figures { program, rounds: Vec::new() });
    }
    // Differences between builds are small.
    let rounds = if around.before { 3 * ROUNDS } else { ROUNDS };
    for round in 0..row.rounds(rounds) {
        // Nobody is always the one that comes after the same other.
        let mut order: Vec<usize> = (0..trials.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let (trial, figures) = (&mut trials[index], &mut servers[index]);
            let figure = trial.run().with_context(|| row.called(index))?;
            let name = row.called(index);
            eprintln!("{}: round {}: {name} {}{}", row.name(), round + 1, number(figure), row.unit());
            figures.rounds.push(figure);
        }
    }
    for (index, trial) in trials.iter().enumerate() {
        let Figures { program, rounds } = &servers[index];
        let least = rounds.iter().copied().fold(f64::INFINITY, f64::min);
        let most = rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let middle = number(median(rounds.clone()));
        eprintln!(
            "{}: {} {middle}{}, of {} to {}",
            row.name(),
            row.called(index),
            row.unit(),
            number(least),
            number(most)
        );
        if *program == Program::Peer && trial.expected > 0 {
            let lost = 100.0 * trial.lost as f64 / trial.expected as f64;
            notes.push(format!("the peer lost {} of {} events ({lost:.0} %)", trial.lost, trial.expected));
        }
    }
    match row.without_peer() {
        _ if around.before => {}
        Some(reason) => notes.push(reason.to_owned()),
        None if around.python.is_none() => notes.push("the peer is left out, as was asked for".to_owned()),
        None => {}
    }
    Ok(Measured { row, servers, notes })
}
