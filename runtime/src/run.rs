//! The whole `main` of an application.

mod exporter;

use std::env;
use std::io::Write as _;
use std::process::ExitCode;

use tokio::net::TcpListener;

use crate::broker::BrokerOptions;
use crate::db::Db;
use crate::server::Service;

/// Where the server listens unless it is told otherwise.
const LISTEN: &str = "127.0.0.1:8000";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Serve { listen: Option<String>, broker: Option<String>, metrics: Option<String> },
    Migrate,
    Help,
    Version,
}

/// Serves an application as its environment and command line say, until SIGINT or SIGTERM.
///
/// `DATABASE_URL` names the database (default: `sqlite://<name>.sqlite3`), `LISTEN` or `--listen` the address
/// (default: `127.0.0.1:8000`; port 0 takes a free one); `--migrate-only` brings the database up to date and ends;
/// `DCRF_BROKER` or `--broker` says what carries events between several servers of the application (default:
/// `memory:`; see [`broker`](crate::broker)); `DCRF_METRICS` or `--metrics` is an address of its own for `/metrics` (with
/// the feature `prometheus`), beside `/healthz` and `/readyz`, which are at the application's address, too;
/// `DCRF_LIMITS` changes [`Limits`](crate::Limits) (`frame=1MiB, connections=500`); there are `--help` and
/// `--version`. When connections are taken, one line `listening on http://…` is written to stdout.
///
/// It ends with 0 after an orderly shutdown, with 1 and a sentence on stderr if the database or the address
/// cannot be used, and with 2 if the command line is wrong.
///
/// Events go to [`tracing`]; no subscriber is installed, as an application may have only one: install your own
/// before, for example `tracing_subscriber::fmt::init()`.
pub async fn run(service: Service) -> ExitCode {
    let name = service.name();
    match parse(env::args().skip(1)) {
        Err(sentence) => {
            eprintln!("{name}: {sentence}; see {name} --help");
            ExitCode::from(2)
        }
        Ok(Command::Help) => print(&help(name)),
        Ok(Command::Version) => print(&format!("{name} (dcrf-runtime {})", env!("CARGO_PKG_VERSION"))),
        Ok(command) => match start(service, command).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(sentence) => {
                eprintln!("{name}: {sentence}");
                ExitCode::FAILURE
            }
        },
    }
}

async fn start(mut service: Service, command: Command) -> Result<(), String> {
    if let Some(settings) = setting("DCRF_LIMITS") {
        let mut configured = Ok(());
        service.configure_limits(|limits| configured = limits.configure(&settings));
        configured.map_err(|error| format!("DCRF_LIMITS: {error}"))?;
    }
    let url = setting("DATABASE_URL").unwrap_or_else(|| format!("sqlite://{}.sqlite3", service.name()));
    let db = Db::connect(&url, service.migrations())
        .await
        .map_err(|error| format!("the database {} cannot be used: {error}", without_password(&url)))?;
    let Command::Serve { listen, broker, metrics } = command else {
        db.close().await;
        return Ok(());
    };
    if let Some(url) = broker.or_else(|| setting("DCRF_BROKER")) {
        db.use_broker(&url, BrokerOptions::new(service.name()))
            .await
            .map_err(|error| format!("the broker {} cannot be used: {error}", without_password(&url)))?;
    }
    let address = listen.or_else(|| setting("LISTEN")).unwrap_or_else(|| LISTEN.to_owned());
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {}", listen_failure(&error)))?;
    let exported = match metrics.or_else(|| setting("DCRF_METRICS")) {
        Some(address) => Some(exporter::start(&address, &db, &service).await?),
        None => None,
    };
    // Before the line that says that the server is there: whoever reads it may send a signal at once.
    let shutdown = signals().map_err(|error| format!("cannot wait for signals: {error}"))?;
    let bound = listener.local_addr().map_err(|error| format!("cannot listen on {address}: {error}"))?;
    print(&format!("listening on http://{bound}"));
    if let Some(exporter) = &exported {
        print(&format!("metrics on http://{}/metrics", exporter.address));
    }
    service.serve(listener, db, shutdown).await.map_err(|error| error.to_string())
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let (mut listen, mut broker, mut metrics, mut migrate) = (None, None, None, false);
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        match (name, value) {
            ("--help" | "-h", None) => return Ok(Command::Help),
            ("--version" | "-V", None) => return Ok(Command::Version),
            ("--migrate-only", None) => migrate = true,
            ("--listen", value) => {
                let value = value.or_else(|| arguments.next());
                listen = Some(value.ok_or("`--listen` needs an address, such as 127.0.0.1:8000")?);
            }
            ("--broker", value) => {
                let value = value.or_else(|| arguments.next());
                broker = Some(value.ok_or("`--broker` needs a URL, such as redis://127.0.0.1")?);
            }
            ("--metrics", value) => {
                let value = value.or_else(|| arguments.next());
                metrics = Some(value.ok_or("`--metrics` needs an address, such as 127.0.0.1:9000")?);
            }
            _ => return Err(format!("`{argument}` is not known")),
        }
    }
    Ok(if migrate { Command::Migrate } else { Command::Serve { listen, broker, metrics } })
}

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn help(name: &str) -> String {
    format!(
        "Usage: {name} [--listen ADDR] [--broker URL] [--metrics ADDR] [--migrate-only]\n\n\
         \x20 --listen ADDR    listen there (default: {LISTEN}; port 0 takes a free one)\n\
         \x20 --broker URL     carry events between servers by redis://…, redis+cluster://…, nats://… or postgres://…\n\
         \x20                  (default: memory:, which is one server)\n\
         \x20 --metrics ADDR   serve /metrics there, in the form of Prometheus, with /healthz and /readyz (default: nowhere)\n\
         \x20 --migrate-only   bring the database up to date and end\n\
         \x20 --help           show this\n\
         \x20 --version        show the version\n\n\
         DATABASE_URL names the database (default: sqlite://{name}.sqlite3), LISTEN the address,\n\
         DCRF_BROKER the broker, DCRF_METRICS the address for metrics; DCRF_LIMITS sets limits (frame=1MiB, action=5s)."
    )
}

/// Prints a line at once: scripts wait for it. A reader who has gone is no reason to end.
fn print(line: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    ExitCode::SUCCESS
}

fn listen_failure(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "another program listens there already".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this user may not listen there".to_owned(),
        std::io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}

/// The URL as it may be shown.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((credentials, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    match credentials.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
        None => url.to_owned(),
    }
}

/// Ready when the process is asked to end. The handlers are installed by the call, not by the first poll.
#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when the process is asked to end.
#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn reads_the_command_line() {
        let listen = |address: &str| {
            Ok(Command::Serve { listen: Some(address.to_owned()), broker: None, metrics: None })
        };
        let broker =
            |url: &str| Ok(Command::Serve { listen: None, broker: Some(url.to_owned()), metrics: None });
        assert_eq!(parsed(&[]), Ok(Command::Serve { listen: None, broker: None, metrics: None }));
        let metrics = Some("[::1]:9".to_owned());
        assert_eq!(
            parsed(&["--metrics", "[::1]:9"]),
            Ok(Command::Serve { listen: None, broker: None, metrics })
        );
        assert!(parsed(&["--metrics"]).is_err());
        assert_eq!(parsed(&["--broker", "redis://x/?a=b"]), broker("redis://x/?a=b"));
        assert_eq!(parsed(&["--broker=nats://x?a=b"]), broker("nats://x?a=b"));
        assert!(parsed(&["--broker"]).is_err() && parsed(&["--help=1"]).is_err());
        assert_eq!(parsed(&["--listen", "[::1]:0"]), listen("[::1]:0"));
        assert_eq!(parsed(&["--listen=0.0.0.0:80"]), listen("0.0.0.0:80"));
        assert_eq!(parsed(&["--migrate-only"]), Ok(Command::Migrate));
        assert_eq!(parsed(&["--migrate-only", "--listen", "x"]), Ok(Command::Migrate));
        assert_eq!(parsed(&["--help"]), Ok(Command::Help));
        assert_eq!(parsed(&["--version"]), Ok(Command::Version));
        assert!(parsed(&["--listen"]).is_err());
        assert!(parsed(&["--port", "1"]).is_err());
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("postgres://me:s@cret@db/x"), "postgres://me:***@db/x");
        assert_eq!(without_password("postgres://me@db/x"), "postgres://me@db/x");
        assert_eq!(without_password("sqlite://blog.sqlite3"), "sqlite://blog.sqlite3");
    }
}
