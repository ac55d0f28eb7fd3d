//! What the environment says.

use std::env;

/// A variable of the environment; none, if it is empty.
pub(super) fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
