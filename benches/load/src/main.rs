//! Measures the server over the generated crate beside the hand-written limit and the peer: `load <row>…`.
//!
//! All servers run at once, and the rounds go from one to the next, so that whatever else the machine does hits all
//! alike; of the rounds, the median counts. Only ratios of one run mean anything. Build all with `--release` first;
//! the servers are taken from beside this program, the peer from the directory that `DCRF_PEER` names.

mod client;
mod growth;
mod rows;
mod server;

use std::process::ExitCode;

use anyhow::Context as _;
use rows::Row;
use server::Server;

/// Rounds of each row on each server.
const ROUNDS: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if std::env::args().skip(1).eq(["growth"]) {
        return ended(growth::measure().await);
    }
    let rows: Option<Vec<Row>> = std::env::args().skip(1).map(|name| Row::named(&name)).collect();
    match rows {
        Some(rows) if !rows.is_empty() => ended(measure(&rows).await),
        _ => {
            let names: Vec<_> = Row::ALL.iter().map(|row| row.name()).collect();
            eprintln!("load: name the rows to measure, or `growth`: {}", names.join(", "));
            ExitCode::from(2)
        }
    }
}

fn ended(measured: anyhow::Result<()>) -> ExitCode {
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(rows: &[Row]) -> anyhow::Result<()> {
    println!("{:<15} {:>6} {:>12} {:>24} {:>9}", "row", "server", "median", "of", "dcrf is ×");
    for row in rows {
        let postgres = match row {
            Row::CreatePostgres => {
                Some(std::env::var("LOAD_POSTGRES").context("LOAD_POSTGRES is the URL of a database")?)
            }
            _ => None,
        };
        let beside = match row {
            Row::CreatePostgres => {
                let url = postgres.as_deref().unwrap_or_default();
                Server::start_with("limit", "load-limit", &[("LIMIT_POSTGRES", url)])?
            }
            // Half of the limit is what one node does.
            Row::TwoNodes => Server::pair("two", "load-server")?,
            _ => Server::start("limit", "load-limit")?,
        };
        let own: Vec<_> = postgres.iter().map(|url| ("DATABASE_URL", url.as_str())).collect();
        let mut servers = vec![Server::start_with("dcrf", "load-server", &own)?, beside];
        match Server::peer()? {
            Some(peer) if row.has_peer() => servers.push(peer),
            Some(_) => {}
            None => eprintln!("load: THERE IS NO PEER: set DCRF_PEER to its directory to compare with it"),
        }
        let mut figures = vec![Vec::new(); servers.len()];
        for server in &servers {
            row.prepare(server).await.with_context(|| format!("{} of {}", row.name(), server.name))?;
        }
        for _ in 0..row.rounds(ROUNDS) {
            for (server, figures) in servers.iter().zip(&mut figures) {
                let figure = row.run(server).await;
                figures.push(figure.with_context(|| format!("{} of {}", row.name(), server.name))?);
            }
        }
        let own = median(&mut figures[0]);
        for (server, figures) in servers.iter().zip(&mut figures) {
            let middle = median(figures);
            let range = format!("{:.1} to {:.1} {}", figures[0], figures[figures.len() - 1], row.unit());
            println!(
                "{:<15} {:>6} {middle:>12.1} {range:>24} {:>9.2}",
                row.name(),
                server.name,
                own / middle
            );
        }
    }
    Ok(())
}

/// The middle one; sorts the figures.
fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
