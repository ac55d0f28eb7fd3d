//! The log of an application that has not set a subscriber: lines on stderr.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "log")]
use super::environment::setting;

/// The format of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    /// Text for people.
    #[default]
    Text,
    /// JSON for programs: one object per line.
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

/// The format does not exist.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoFormat(String);

impl fmt::Display for NoFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a format of the log: there are `text` and `json`", self.0)
    }
}

/// The owner of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Log {
    /// The runtime, in this format.
    #[cfg_attr(
        not(feature = "log"),
        expect(dead_code, reason = "the runtime writes no log without the feature")
    )]
    Ours(Format),
    /// The application, or there is no log.
    Elsewhere,
}

/// The default of `RUST_LOG`. It hides PostgreSQL's notices, which report that objects created "if not exists" exist.
#[cfg(feature = "log")]
const USUAL: &str = "info,sqlx::postgres::notice=warn";

#[cfg(feature = "log")]
const OWN: &str = "the application has a log of its own";

/// Starts to log, unless the application already does.
///
/// # Errors
/// A message, if a format is requested that would have no effect.
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
        // Otherwise every line would cause a panic after the reader of stderr has closed it.
        .log_internal_errors(false);
    let format = format.unwrap_or_default();
    let installed = match format {
        Format::Text => lines.finish().try_init(),
        Format::Json => lines.json().flatten_event(true).with_current_span(false).finish().try_init(),
    };
    // Another subscriber was set in between.
    if installed.is_err() {
        return elsewhere(Some(format), OWN);
    }
    crate::ground::failure::tell_by_log();
    Ok(Log::Ours(format))
}

/// Does not log, because the feature is not enabled.
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
