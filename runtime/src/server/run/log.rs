//! The log of an application that has none of its own: lines on stderr.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "log")]
use super::environment::setting;

/// What lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: an object of JSON each.
    Json,
}

impl FromStr for Format {
    type Err = NoFormat;
    fn from_str(name: &str) -> Result<Self, NoFormat> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(NoFormat(other.to_owned())),
        }
    }
}

/// There is no such format.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoFormat(String);

impl fmt::Display for NoFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no format of the log: there are `text` and `json`", self.0)
    }
}

/// Whose the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Log {
    /// Ours, in this format.
    Ours(Format),
    /// The application's, or there is none.
    Elsewhere,
}

/// What is logged unless `RUST_LOG` says otherwise. PostgreSQL's notices say that what is created "if not exists" does.
#[cfg(feature = "log")]
const USUAL: &str = "info,sqlx::postgres::notice=warn";

#[cfg(feature = "log")]
const OWN: &str = "the application has a log of its own";

/// Logs from now on, unless the application does already.
///
/// # Errors
/// A sentence, if a format is asked for that nobody would write.
#[cfg(feature = "log")]
pub(super) fn start(format: Option<Format>) -> Result<Log, String> {
    use std::io::{IsTerminal as _, stderr};

    use tracing::level_filters::LevelFilter;
    use tracing_subscriber::EnvFilter;
    use tracing_subscriber::util::SubscriberInitExt as _;

    if tracing::dispatcher::has_been_set() {
        return elsewhere(format, OWN);
    }
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    let filter = match setting("RUST_LOG") {
        Some(directives) => filter.parse_lossy(directives),
        None => filter.parse_lossy(USUAL),
    };
    let plain = setting("NO_COLOR").is_some() || !stderr().is_terminal();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(!plain)
        // Otherwise a reader of stderr who has gone makes a panic of every line.
        .log_internal_errors(false);
    let format = format.unwrap_or_default();
    let installed = match format {
        Format::Text => lines.finish().try_init(),
        Format::Json => lines.json().flatten_event(true).with_current_span(false).finish().try_init(),
    };
    // Somebody was faster.
    if installed.is_err() {
        return elsewhere(Some(format), OWN);
    }
    crate::ground::failure::tell_by_log();
    Ok(Log::Ours(format))
}

/// Logs nothing: there is nothing that could.
#[cfg(not(feature = "log"))]
pub(super) fn start(format: Option<Format>) -> Result<Log, String> {
    elsewhere(format, "this application was built without the feature `log` of dcrf-runtime")
}

fn elsewhere(format: Option<Format>, why: &str) -> Result<Log, String> {
    match format {
        Some(_) => Err(format!("--log-format or DCRF_LOG_FORMAT: {why}")),
        None => Ok(Log::Elsewhere),
    }
}
