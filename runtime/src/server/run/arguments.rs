//! The command line of an application.

use super::listen::LISTEN;
use super::log::Format;

/// The command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Serves the application.
    Serve(Arguments),
    /// Runs a task of migrations, and exits.
    Migrate(Arguments, Task),
    Help,
    Version,
}

/// A task of migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Shows the state of the database.
    Status(Form),
    /// Shows the pending migrations.
    Plan(Form),
    /// Applies the pending migrations, or only tries to.
    Apply {
        /// Whether everything is rolled back.
        dry_run: bool,
    },
}

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text for people.
    Text,
    /// JSON for programs.
    Json,
}

/// The options. The environment may set options that are `None`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) listen: Option<String>,
    pub(super) broker: Option<String>,
    pub(super) files: Option<String>,
    pub(super) metrics: Option<String>,
    pub(super) tls_cert: Option<String>,
    pub(super) tls_key: Option<String>,
    pub(super) log_format: Option<Format>,
}

/// Parses the command line.
///
/// # Errors
/// A message that names the mistake.
pub(super) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let (mut read, mut migrate) = (Arguments::default(), Migrate::default());
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
            ("--migrate-only", None) => migrate.task = Some("apply"),
            ("migrate", None) if migrate.task.is_none() => {
                let task = arguments.next();
                let known =
                    ["status", "plan", "apply"].into_iter().find(|known| Some(*known) == task.as_deref());
                migrate.task = Some(known.ok_or("`migrate` needs `status`, `plan` or `apply`")?);
            }
            ("--format", _) => {
                migrate.form = Some(match value_of("a format, `text` or `json`")?.as_str() {
                    "text" => Form::Text,
                    "json" => Form::Json,
                    other => return Err(format!("`{other}` is not a format: there are `text` and `json`")),
                });
            }
            ("--dry-run", None) => migrate.dry_run = true,
            ("--listen", _) => read.listen = Some(value_of("an address, such as 127.0.0.1:8000")?),
            ("--broker", _) => read.broker = Some(value_of("a URL, such as redis://127.0.0.1")?),
            ("--files", _) => read.files = Some(value_of("a directory or a URL, such as s3://bucket")?),
            ("--metrics", _) => read.metrics = Some(value_of("an address, such as 127.0.0.1:9000")?),
            ("--tls-cert", _) => read.tls_cert = Some(value_of("a PEM file with certificates")?),
            ("--tls-key", _) => read.tls_key = Some(value_of("a PEM file with a key")?),
            ("--log-format", _) => {
                let format = value_of("a format, `text` or `json`")?;
                read.log_format = Some(format.parse().map_err(|error| format!("{error}"))?);
            }
            _ => return Err(format!("`{argument}` is not known")),
        }
    }
    Ok(match migrate.task()? {
        Some(task) => Command::Migrate(read, task),
        None => Command::Serve(read),
    })
}

/// The options of `migrate`.
#[derive(Default)]
struct Migrate {
    task: Option<&'static str>,
    form: Option<Form>,
    dry_run: bool,
}

impl Migrate {
    fn task(self) -> Result<Option<Task>, String> {
        let looks = matches!(self.task, Some("status" | "plan"));
        if self.form.is_some() && !looks {
            return Err("`--format` is for `migrate status` and `migrate plan`".to_owned());
        }
        if self.dry_run && self.task != Some("apply") {
            return Err("`--dry-run` is for `migrate apply`".to_owned());
        }
        let form = self.form.unwrap_or(Form::Text);
        Ok(self.task.map(|task| match task {
            "status" => Task::Status(form),
            "plan" => Task::Plan(form),
            _ => Task::Apply { dry_run: self.dry_run },
        }))
    }
}

/// Returns the text of `--help`.
pub(super) fn help(name: &str) -> String {
    format!(
        "Usage: {name} [--listen ADDR] [--broker URL] [--files PLACE] [--metrics ADDR]\n\
         \x20      [--tls-cert FILE --tls-key FILE] [--log-format FORMAT]\n\
         \x20      {name} migrate status|plan [--format json]\n\
         \x20      {name} migrate apply [--dry-run]\n\n\
         \x20 --listen ADDR        listen at this address (default: {LISTEN}; port 0 takes a free port)\n\
         \x20 --broker URL         exchange events with other servers: redis://…, redis+cluster://…, nats://…, postgres://…\n\
         \x20                      (default: memory:, for a single server)\n\
         \x20 --files PLACE        store the files of columns in this directory, or at this URL: s3://…, gs://…, az://…\n\
         \x20                      (default: media)\n\
         \x20 --metrics ADDR       serve /metrics for Prometheus at this address, with /healthz and /readyz\n\
         \x20                      (default: no metrics)\n\
         \x20 --tls-cert FILE      encrypt sockets and pages with these certificates (PEM, the server's own first)\n\
         \x20 --tls-key FILE       the key of the certificate (PEM)\n\
         \x20 --log-format FORMAT  log to stderr as `text` (the default) or `json`, one line per event\n\
         \x20 --migrate-only       the same as `migrate apply`\n\
         \x20 --help               show this help\n\
         \x20 --version            show the version\n\n\
         \x20 migrate status       show which migrations are applied; exit with 1 unless the database is up to date\n\
         \x20 migrate plan         show what the pending migrations do, to which tables, and how many rows these have\n\
         \x20 migrate apply        bring the database up to date, show what was done, and exit\n\
         \x20   --format json      print JSON, for programs\n\
         \x20   --dry-run          run everything in a transaction, and roll it back\n\n\
         DATABASE_URL names the database (default: sqlite://{name}.sqlite3), LISTEN the address, DCRF_BROKER the\n\
         broker, DCRF_FILES the place of files, DCRF_METRICS the address for metrics, DCRF_LOG_FORMAT the format of\n\
         the log; RUST_LOG filters the log (default: info); DCRF_TLS_CERT and DCRF_TLS_KEY name the files of TLS;\n\
         DCRF_LIMITS sets limits (frame=1MiB, action=5s).\n\n\
         The server prints a message and exits with 1 if the database, the broker or the address cannot be used. It\n\
         does not wait for a database that is down, except up to 30 s for a PostgreSQL that is starting."
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
        assert_eq!(parsed(&["--tls-cert=a.pem"]), serve(|read| read.tls_cert = Some("a.pem".into())));
        assert_eq!(parsed(&["--tls-key", "a.key"]), serve(|read| read.tls_key = Some("a.key".into())));
        assert_eq!(parsed(&["--log-format=json"]), serve(|read| read.log_format = Some(Format::Json)));
        assert_eq!(parsed(&["--log-format", "text"]), serve(|read| read.log_format = Some(Format::Text)));
        let apply = |dry_run| Task::Apply { dry_run };
        assert_eq!(parsed(&["--migrate-only"]), Ok(Command::Migrate(Arguments::default(), apply(false))));
        let both = Arguments { log_format: Some(Format::Json), ..Arguments::default() };
        let migrate = Command::Migrate(both, apply(false));
        assert_eq!(parsed(&["--log-format=json", "--migrate-only"]), Ok(migrate));
        for (arguments, task) in [
            (&["migrate", "status"][..], Task::Status(Form::Text)),
            (&["migrate", "status", "--format=json"], Task::Status(Form::Json)),
            (&["migrate", "plan", "--format", "text"], Task::Plan(Form::Text)),
            (&["migrate", "apply"], apply(false)),
            (&["--dry-run", "migrate", "apply"], apply(true)),
        ] {
            assert_eq!(parsed(arguments), Ok(Command::Migrate(Arguments::default(), task)), "{arguments:?}");
        }
        assert_eq!(parsed(&["--help"]), Ok(Command::Help));
        assert_eq!(parsed(&["--version"]), Ok(Command::Version));
    }

    #[test]
    fn mistakes_are_named() {
        for (arguments, expected) in [
            (&["--listen"][..], "`--listen` needs an address, such as 127.0.0.1:8000"),
            (&["--broker"], "`--broker` needs a URL, such as redis://127.0.0.1"),
            (&["--files"], "`--files` needs a directory or a URL, such as s3://bucket"),
            (&["--metrics"], "`--metrics` needs an address, such as 127.0.0.1:9000"),
            (&["--log-format"], "`--log-format` needs a format, `text` or `json`"),
            (&["--tls-cert"], "`--tls-cert` needs a PEM file with certificates"),
            (&["--log-format=xml"], "`xml` is not a format of the log: there are `text` and `json`"),
            (&["--help=1"], "`--help=1` is not known"),
            (&["migrate"], "`migrate` needs `status`, `plan` or `apply`"),
            (&["migrate", "down"], "`migrate` needs `status`, `plan` or `apply`"),
            (&["migrate", "apply", "status"], "`status` is not known"),
            (&["migrate", "apply", "--format=json"], "`--format` is for `migrate status` and `migrate plan`"),
            (&["migrate", "plan", "--format=xml"], "`xml` is not a format: there are `text` and `json`"),
            (&["--dry-run"], "`--dry-run` is for `migrate apply`"),
            (&["--port", "1"], "`--port` is not known"),
        ] {
            assert_eq!(parsed(arguments), Err(expected.to_owned()));
        }
    }
}
