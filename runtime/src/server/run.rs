//! The complete `main` of an application.

mod arguments;
mod environment;
mod exporter;
mod listen;
mod log;
mod migrate;
mod stdout;

use std::env;
use std::process::ExitCode;

use tokio::net::TcpListener;

use arguments::{Arguments, Command, Task};
use environment::setting;
use listen::{LISTEN, listen_failure};
use log::{Format, Log};
use stdout::print;

use crate::feed::broker::BrokerOptions;
use crate::files::FileStore;
use crate::ground::error::Error;
use crate::ground::url::without_password;
use crate::server::Service;

/// Serves an application by its environment and its command line, until SIGINT or SIGTERM.
///
/// - `DATABASE_URL` is the URL of the database (default: `sqlite://<name>.sqlite3`).
/// - `LISTEN` or `--listen` is the address (default: `127.0.0.1:8000`; port 0 selects a free port).
/// - `migrate apply` (or `--migrate-only`) applies the pending migrations and ends; `migrate status` and `migrate plan`
///   show what is pending.
/// - `DCRF_BROKER` or `--broker` is the broker that carries events between several servers of the application (default:
///   `memory:`; see [`broker`](crate::broker)).
/// - `DCRF_FILES` or `--files` is the place of the files of columns (default: the directory `media`; see
///   [`FileStore::at`](crate::files::FileStore::at)).
/// - `DCRF_METRICS` or `--metrics` is a separate address for `/metrics` (with the feature `prometheus`), and for
///   `/healthz` and `/readyz`, which the address of the application has, too.
/// - `DCRF_LIMITS` changes [`Limits`](crate::Limits) (`frame=1MiB, connections=500`).
/// - `--help` and `--version` show the options and the version.
///
/// Events go to [`tracing`]. With the feature `log` they are written to stderr, one line each, and as JSON with
/// `DCRF_LOG_FORMAT=json` or `--log-format json`. `RUST_LOG` selects the events (default: `info`). An application that
/// has set a subscriber before keeps it, and also its panic hook. With the panic hook of the feature, a panic of the
/// application is reported in the line of the failure that it causes.
///
/// When the server accepts connections, it writes one line `listening on http://…` to stdout.
///
/// The exit code is 0 after an orderly shutdown. It is 1, with a message on stderr, if the database, the broker or the
/// address cannot be used, and 2 if the command line is wrong. The server does not wait for a database that cannot be
/// reached, except for up to half a minute for a PostgreSQL server that reports that it is starting.
pub async fn run(service: Service) -> ExitCode {
    let name = service.name();
    match arguments::parse(env::args().skip(1)) {
        Err(sentence) => {
            eprintln!("{name}: {sentence}; see {name} --help");
            ExitCode::from(2)
        }
        Ok(Command::Help) => print(&arguments::help(name)),
        Ok(Command::Version) => print(&format!("{name} (dcrf-runtime {})", env!("CARGO_PKG_VERSION"))),
        Ok(Command::Serve(arguments)) => logged(service, arguments, None).await,
        Ok(Command::Migrate(arguments, task)) => logged(service, arguments, Some(task)).await,
    }
}

/// Starts the log and then the application, and reports a failure both to people and to programs.
async fn logged(service: Service, arguments: Arguments, task: Option<Task>) -> ExitCode {
    let name = service.name();
    let (log, done) = match start_log(arguments.log_format) {
        Ok(log) => (log, begin(service, arguments, task).await),
        Err(sentence) => (Log::Elsewhere, Err(sentence)),
    };
    match (done, log) {
        (Ok(code), _) => return code,
        (Err(sentence), Log::Ours(Format::Json)) if tracing::enabled!(tracing::Level::ERROR) => {
            tracing::error!("{name}: {sentence}");
        }
        (Err(sentence), _) => eprintln!("{name}: {sentence}"),
    }
    ExitCode::FAILURE
}

fn start_log(format: Option<Format>) -> Result<Log, String> {
    let format = match format {
        Some(format) => Some(format),
        None => setting("DCRF_LOG_FORMAT")
            .map(|format| format.parse().map_err(|error| format!("DCRF_LOG_FORMAT: {error}")))
            .transpose()?,
    };
    log::start(format)
}

async fn begin(service: Service, arguments: Arguments, task: Option<Task>) -> Result<ExitCode, String> {
    let url = setting("DATABASE_URL").unwrap_or_else(|| format!("sqlite://{}.sqlite3", service.name()));
    match task {
        Some(task) => migrate::run(&service, &url, task).await.map_err(|error| unusable(&url, error)),
        None => start(service, arguments, &url).await.map(|()| ExitCode::SUCCESS),
    }
}

/// Returns a message with the reason why a database cannot be used.
fn unusable(url: &str, error: Error) -> String {
    let reason = match error {
        Error::Internal(text) => text,
        other => other.to_string(),
    };
    format!("the database {} cannot be used: {reason}", without_password(url))
}

async fn start(mut service: Service, arguments: Arguments, url: &str) -> Result<(), String> {
    if let Some(settings) = setting("DCRF_LIMITS") {
        let mut configured = Ok(());
        service.configure_limits(|limits| configured = limits.configure(&settings));
        configured.map_err(|error| format!("DCRF_LIMITS: {error}"))?;
    }
    let Arguments { listen, broker, files, metrics, tls_cert, tls_key, .. } = arguments;
    if let Some(place) = files.or_else(|| setting("DCRF_FILES")) {
        service = service.files_in(FileStore::at(&place).map_err(|error| error.to_string())?);
    }
    let certificates =
        (tls_cert.or_else(|| setting("DCRF_TLS_CERT")), tls_key.or_else(|| setting("DCRF_TLS_KEY")));
    let (service, scheme) = encrypting(service, certificates)?;
    let db = service.connect(url).await.map_err(|error| unusable(url, error))?;
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
    // The handlers are installed before the line that says that the server listens, because a reader of this line may
    // send a signal at once.
    let shutdown = signals().map_err(|error| format!("cannot wait for signals: {error}"))?;
    let bound = listener.local_addr().map_err(|error| format!("cannot listen on {address}: {error}"))?;
    print(&format!("listening on {scheme}://{bound}"));
    if let Some(exporter) = &exported {
        print(&format!("metrics on http://{}/metrics", exporter.address));
    }
    service.serve(listener, db, shutdown).await.map_err(|error| error.to_string())
}

/// Returns the service with the files of TLS, if there are any, and its URL scheme.
fn encrypting(
    service: Service,
    files: (Option<String>, Option<String>),
) -> Result<(Service, &'static str), String> {
    match files {
        (None, None) => Ok((service, "http")),
        #[cfg(feature = "tls")]
        (Some(certificates), Some(key)) => {
            let service = service.tls(certificates, key).map_err(|error| error.to_string())?;
            Ok((service, "https"))
        }
        #[cfg(not(feature = "tls"))]
        (Some(_), Some(_)) => {
            Err("this application was built without the feature `tls` of dcrf-runtime".to_owned())
        }
        _ => Err("`--tls-cert` and `--tls-key` belong together".to_owned()),
    }
}

/// Resolves when the process receives SIGINT or SIGTERM. The handlers are installed by the call, not by the first poll.
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

/// Resolves when the process receives Ctrl-C.
#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
