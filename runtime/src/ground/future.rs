//! Futures behind a pointer.

use std::future::Future;
use std::pin::Pin;

/// A boxed future: generated code never makes the runtime's futures part of its own.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
