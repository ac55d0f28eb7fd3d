//! `pending.txt`: the scenarios that fail because something is not built yet.

use std::path::Path;

use glob::Pattern;

/// Scenarios that fail for one reason.
#[derive(Debug)]
pub(crate) struct Pending {
    /// On which database; none: on every.
    database: Option<String>,
    pattern: Pattern,
    reason: String,
}

/// Reads the list: a pattern of names, after `<database>:` if it is about one, white space, the reason. `#` begins a
/// comment.
pub(crate) fn read(path: &Path) -> Vec<Pending> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(Pending::read).collect()
}

/// Why a scenario is expected to fail on a database.
pub(crate) fn reason<'a>(all: &'a [Pending], database: &str, name: &str) -> Option<&'a str> {
    let is_here = |pending: &&Pending| pending.database.as_deref().is_none_or(|only| only == database);
    let mut here = all.iter().filter(is_here);
    here.find(|pending| pending.concerns(name)).map(|pending| &*pending.reason)
}

impl Pending {
    fn read(line: &str) -> Self {
        let (pattern, reason) =
            line.split_once(char::is_whitespace).unwrap_or_else(|| panic!("{line}: there is no reason"));
        let (database, pattern) = pattern
            .split_once(':')
            .map_or((None, pattern), |(only, pattern)| (Some(only.to_owned()), pattern));
        let pattern = Pattern::new(pattern).unwrap_or_else(|error| panic!("{line}: {error}"));
        Self { database, pattern, reason: reason.trim().to_owned() }
    }

    /// Whether it is about this scenario.
    pub(crate) fn concerns(&self, name: &str) -> bool {
        self.pattern.matches(name)
    }

    /// As it stands in the list.
    pub(crate) fn pattern(&self) -> &str {
        self.pattern.as_str()
    }
}
