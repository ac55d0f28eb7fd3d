//! Futures behind a pointer.

use std::future::Future;
use std::pin::Pin;

/// A boxed future, so that generated code does not compile the runtime's futures into its own.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
