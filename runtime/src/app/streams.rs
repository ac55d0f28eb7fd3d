//! A map by the streams of a service.

use std::fmt;

use crate::ground::error::{Error, Result};

/// A value for each stream, by its name.
#[derive(Clone)]
pub(crate) struct Streams<T>(Vec<(&'static str, T)>);

impl<T> Streams<T> {
    /// Returns the value of a stream that another stream names.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is not served.
    pub(crate) fn of(&self, stream: &str) -> Result<&T> {
        let found = self.0.iter().find(|(served, _)| *served == stream).map(|(_, value)| value);
        found.ok_or_else(|| Error::internal(format!("the stream {stream} is asked, and not served")))
    }
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> FromIterator<(&'static str, T)> for Streams<T> {
    fn from_iter<I: IntoIterator<Item = (&'static str, T)>>(streams: I) -> Self {
        Self(streams.into_iter().collect())
    }
}

impl<T> fmt::Debug for Streams<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(stream, _)| stream)).finish()
    }
}
