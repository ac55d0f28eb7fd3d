//! How cost grows with what there is: `benches/run growth`.
//!
//! Each figure is the median time of one piece of work that does not grow itself, so that the line ought to be flat. The
//! slope is that of the logarithms: 0 is flat, 1 is in proportion.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::frame;
use crate::server::{Program, Server};
use crate::trial::{create, fill_books, fill_shelves, patch};

/// How often each piece of work is timed.
const TIMES: usize = 300;
/// Connections among which subscriptions are divided.
const LISTENERS: usize = 10;
/// Rows of a page.
const PAGE: usize = 100;

/// Measures and prints all.
pub fn measure() -> anyhow::Result<()> {
    let mut groups = Vec::new();
    for size in [10, 100, 1_000, 10_000] {
        groups.push((size, event(size)?));
    }
    show("an update until its one subscriber has it, by groups that are subscribed to", &groups);
    let mut streams = Vec::new();
    for size in [1, 10, 100] {
        streams.push((size, retrieve(size)?));
    }
    show("a retrieve over the socket of all streams, by their number", &streams);
    let mut pages = Vec::new();
    for size in [100, 1_000, 10_000, 100_000] {
        pages.push((size, page(size)?));
    }
    show("a page of 100 rows by cursor, by rows of the table", &pages);
    Ok(())
}

/// A table of the figures, with a bar each and the slope.
fn show(title: &str, figures: &[(usize, Duration)]) {
    let longest = figures.iter().map(|(_, time)| time.as_secs_f64()).fold(f64::MIN_POSITIVE, f64::max);
    println!("{title}: slope {:.2}", slope(figures));
    for (size, time) in figures {
        let bar = (time.as_secs_f64() / longest * 40.0).round() as usize;
        println!("{size:>8} {:>9.1} µs {}", time.as_secs_f64() * 1e6, "#".repeat(bar));
    }
}

/// The slope of the line through the logarithms that has the least squares.
fn slope(figures: &[(usize, Duration)]) -> f64 {
    let points: Vec<(f64, f64)> =
        figures.iter().map(|(size, time)| ((*size as f64).ln(), time.as_secs_f64().ln())).collect();
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (up, over) = points.iter().fold((0.0, 0.0), |(up, over), point| {
        (up + (point.0 - x) * (point.1 - y), over + (point.0 - x).powi(2))
    });
    up / over
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn event(groups: usize) -> anyhow::Result<Duration> {
    let server = Server::start(Program::Dcrf, &[])?;
    let mut writer = server.connect("things")?;
    for number in 0..groups {
        writer.ask(&create(&number), 201)?;
    }
    let listeners = (0..LISTENERS).map(|_| server.connect("things"));
    let mut listeners = listeners.collect::<anyhow::Result<Vec<_>>>()?;
    for key in 1..=groups {
        let request = json!({"action": "subscribe_instance", "request_id": key, "pk": key});
        listeners[key % LISTENERS].ask(&request.to_string(), 201)?;
    }
    let mut times = Vec::new();
    for number in 0..TIMES {
        let key = 1 + number * 7_919 % groups;
        let request = frame(&patch(key, &number));
        let start = Instant::now();
        writer.send(&request)?;
        let event = listeners[key % LISTENERS].receive()?;
        times.push(start.elapsed());
        let event: Value = serde_json::from_slice(event)?;
        anyhow::ensure!(event["request_id"] == key && event["data"]["counter"] == number, "{event}");
        writer.receive()?;
    }
    Ok(median(times))
}

fn retrieve(streams: usize) -> anyhow::Result<Duration> {
    let server = Server::start(Program::Dcrf, &[("LOAD_STREAMS", &streams.to_string())])?;
    let mut client = server.connect("things")?;
    client.ask(&create(&1), 201)?;
    let mut client = server.connect_to_all()?;
    let request = json!({"action": "retrieve", "request_id": 1, "pk": 1});
    // The last of the streams: whoever looks for it has to pass the others.
    let stream = if streams == 1 { "things".to_owned() } else { format!("things{}", streams - 1) };
    let request = json!({"stream": stream, "payload": request});
    let request = frame(&request.to_string());
    let mut times = Vec::new();
    for _ in 0..10 * TIMES {
        let start = Instant::now();
        client.send(&request)?;
        let answer = client.receive()?;
        times.push(start.elapsed());
        let answer: Value = serde_json::from_slice(answer)?;
        anyhow::ensure!(answer["payload"]["response_status"] == 200, "{answer}");
    }
    Ok(median(times))
}

fn page(rows: usize) -> anyhow::Result<Duration> {
    let server = Server::start(Program::Dcrf, &[])?;
    fill_shelves(&server)?;
    fill_books(&server, rows - 100)?;
    let mut client = server.connect("books")?;
    let (mut cursor, mut times, mut seen) = (Value::Null, Vec::new(), 0);
    loop {
        let request = json!({"action": "list", "request_id": 1, "limit": PAGE, "cursor": cursor});
        let request = frame(&request.to_string());
        let start = Instant::now();
        client.send(&request)?;
        let answer = client.receive()?;
        times.push(start.elapsed());
        let mut answer: Value = serde_json::from_slice(answer)?;
        seen += answer["data"]["results"].as_array().map_or(0, Vec::len);
        cursor = answer["data"]["next"].take();
        if !cursor.is_null() {
            continue;
        }
        anyhow::ensure!(seen == rows, "{seen} rows of {rows}");
        seen = 0;
        if times.len() >= TIMES {
            return Ok(median(times));
        }
    }
}
