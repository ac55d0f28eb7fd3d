//! The variables of the environment.

use std::env;

/// Returns a variable of the environment; `None` if it is empty.
pub(super) fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
