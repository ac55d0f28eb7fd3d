//! The consumers of a service, which ask each other for their rules.

use std::fmt;
use std::sync::Arc;

use super::dispatch::Dispatch;
use crate::ground::error::{Error, Result};

/// The consumers that are served together, each under its stream.
#[derive(Clone, Default)]
pub(crate) struct Consumers(Vec<Arc<dyn Dispatch>>);

impl Consumers {
    /// The consumer of a stream: one whose rules hold elsewhere, too.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is not served.
    pub(crate) fn of(&self, stream: &str) -> Result<&Arc<dyn Dispatch>> {
        let found = self.0.iter().find(|consumer| consumer.meta().stream == stream);
        found.ok_or_else(|| Error::internal(format!("the stream {stream} is asked, and not served")))
    }
}

impl FromIterator<Arc<dyn Dispatch>> for Consumers {
    fn from_iter<I: IntoIterator<Item = Arc<dyn Dispatch>>>(consumers: I) -> Self {
        Self(consumers.into_iter().collect())
    }
}

impl fmt::Debug for Consumers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|consumer| consumer.meta().stream)).finish()
    }
}
