//! The command line of an application.

use super::LISTEN;
use super::log::Format;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// To serve.
    Serve(Arguments),
    /// To bring the database up to date, and end.
    Migrate(Arguments),
    Help,
    Version,
}

/// What else it says. What is none, the environment may say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) listen: Option<String>,
    pub(super) broker: Option<String>,
    pub(super) metrics: Option<String>,
    pub(super) log_format: Option<Format>,
}

/// Reads it.
///
/// # Errors
/// A sentence.
pub(super) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let (mut read, mut migrate) = (Arguments::default(), false);
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        let mut value_of = |what: &str| {
            let value = value.clone().or_else(|| arguments.next());
            value.ok_or_else(|| format!("`{name}` needs {what}"))
        };
        match (name, &value) {
            ("--help" | "-h", None) => return Ok(Command::Help),
            ("--version" | "-V", None) => return Ok(Command::Version),
            ("--migrate-only", None) => migrate = true,
            ("--listen", _) => read.listen = Some(value_of("an address, such as 127.0.0.1:8000")?),
            ("--broker", _) => read.broker = Some(value_of("a URL, such as redis://127.0.0.1")?),
            ("--metrics", _) => read.metrics = Some(value_of("an address, such as 127.0.0.1:9000")?),
            ("--log-format", _) => {
                let format = value_of("a format, `text` or `json`")?;
                read.log_format = Some(format.parse().map_err(|error| format!("{error}"))?);
            }
            _ => return Err(format!("`{argument}` is not known")),
        }
    }
    Ok(if migrate { Command::Migrate(read) } else { Command::Serve(read) })
}

/// What `--help` shows.
pub(super) fn help(name: &str) -> String {
    format!(
        "Usage: {name} [--listen ADDR] [--broker URL] [--metrics ADDR] [--log-format FORMAT] [--migrate-only]\n\n\
         \x20 --listen ADDR        listen there (default: {LISTEN}; port 0 takes a free one)\n\
         \x20 --broker URL         carry events between servers by redis://…, redis+cluster://…, nats://… or postgres://…\n\
         \x20                      (default: memory:, which is one server)\n\
         \x20 --metrics ADDR       serve /metrics there, in the form of Prometheus, with /healthz and /readyz\n\
         \x20                      (default: nowhere)\n\
         \x20 --log-format FORMAT  log as `text` (the default) or `json`, a line each, to stderr\n\
         \x20 --migrate-only       bring the database up to date, say what was done, and end\n\
         \x20 --help               show this\n\
         \x20 --version            show the version\n\n\
         DATABASE_URL names the database (default: sqlite://{name}.sqlite3), LISTEN the address, DCRF_BROKER the\n\
         broker, DCRF_METRICS the address for metrics, DCRF_LOG_FORMAT the format of the log; RUST_LOG says what is\n\
         logged (default: info); DCRF_LIMITS sets limits (frame=1MiB, action=5s).\n\n\
         It ends with 1 and a sentence if the database, the broker or the address cannot be used: what is not there\n\
         is not waited for, but for up to 30 s a PostgreSQL that is starting."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn reads_the_command_line() {
        let serve = |change: fn(&mut Arguments)| {
            let mut arguments = Arguments::default();
            change(&mut arguments);
            Ok(Command::Serve(arguments))
        };
        assert_eq!(parsed(&[]), serve(|_| ()));
        assert_eq!(parsed(&["--metrics", "[::1]:9"]), serve(|read| read.metrics = Some("[::1]:9".into())));
        let broker = serve(|read| read.broker = Some("redis://x/?a=b".into()));
        assert_eq!(parsed(&["--broker", "redis://x/?a=b"]), broker);
        assert_eq!(parsed(&["--broker=redis://x/?a=b"]), broker);
        assert_eq!(parsed(&["--listen", "[::1]:0"]), serve(|read| read.listen = Some("[::1]:0".into())));
        assert_eq!(parsed(&["--listen=0.0.0.0:80"]), serve(|read| read.listen = Some("0.0.0.0:80".into())));
        assert_eq!(parsed(&["--log-format=json"]), serve(|read| read.log_format = Some(Format::Json)));
        assert_eq!(parsed(&["--log-format", "text"]), serve(|read| read.log_format = Some(Format::Text)));
        assert_eq!(parsed(&["--migrate-only"]), Ok(Command::Migrate(Arguments::default())));
        let both = Arguments { log_format: Some(Format::Json), ..Arguments::default() };
        assert_eq!(parsed(&["--log-format=json", "--migrate-only"]), Ok(Command::Migrate(both)));
        assert_eq!(parsed(&["--help"]), Ok(Command::Help));
        assert_eq!(parsed(&["--version"]), Ok(Command::Version));
    }

    #[test]
    fn mistakes_are_named() {
        for (arguments, expected) in [
            (&["--listen"][..], "`--listen` needs an address, such as 127.0.0.1:8000"),
            (&["--broker"], "`--broker` needs a URL, such as redis://127.0.0.1"),
            (&["--metrics"], "`--metrics` needs an address, such as 127.0.0.1:9000"),
            (&["--log-format"], "`--log-format` needs a format, `text` or `json`"),
            (&["--log-format=xml"], "`xml` is no format of the log: there are `text` and `json`"),
            (&["--help=1"], "`--help=1` is not known"),
            (&["--port", "1"], "`--port` is not known"),
        ] {
            assert_eq!(parsed(arguments), Err(expected.to_owned()));
        }
    }
}
