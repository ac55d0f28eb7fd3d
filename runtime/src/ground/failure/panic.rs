//! Panics of application code: each becomes an error of the call.
//!
//! Only the panic hook, which runs before, knows the source location. If the log is the runtime's (see
//! [`tell_by_log`]), so is the hook: it keeps the location for the line of the failure, instead of printing lines of
//! its own.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::ground::error::{Error, Result};

thread_local! {
    static SCOPE: Scope = const { Scope { depth: Cell::new(0), panic: RefCell::new(None) } };
}

/// The calls of this thread.
struct Scope {
    /// The number of nested calls of [`caught`].
    depth: Cell<usize>,
    /// The message and the location of a panic in one of them.
    panic: RefCell<Option<String>>,
}

/// Runs application code. A panic becomes an error.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        let _within = Within::enter();
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(error(&*panic))),
        }
    })
    .await
}

/// Returns the error of a panic.
fn error(panic: &(dyn Any + Send)) -> Error {
    let told = SCOPE.with(|scope| scope.panic.take());
    Error::internal(told.unwrap_or_else(|| format!("panic: {}", message(panic))))
}

/// Returns the message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)")
}

/// Counts as a call of [`caught`], until it is dropped.
struct Within;

impl Within {
    fn enter() -> Self {
        SCOPE.with(|scope| scope.depth.set(scope.depth.get() + 1));
        Self
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        let left = SCOPE.with(|scope| {
            let depth = scope.depth.get() - 1;
            scope.depth.set(depth);
            if depth == 0 { scope.panic.take() } else { None }
        });
        // The panic was not taken: the application has caught it itself.
        if let Some(panic) = left {
            tracing::warn!(error = %panic, "the application has caught a panic");
        }
    }
}

/// Makes the log report panics instead of the hook's output: those in [`caught`] in the line of their failure, all
/// others in a line of their own. With `RUST_BACKTRACE` the previous hook prints, too, because it prints the backtrace.
#[cfg(feature = "log")]
pub(crate) fn tell_by_log() {
    let before = std::panic::take_hook();
    let traced = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    std::panic::set_hook(Box::new(move |panic| {
        if traced {
            before(panic);
        }
        let place = panic.location().map(|place| format!(" at {place}")).unwrap_or_default();
        let told = super::line(&format!("panic{place}: {}", message(panic.payload())));
        // `None` if the thread is about to end.
        let within = SCOPE.try_with(|scope| scope.depth.get() > 0).unwrap_or(false);
        if within {
            SCOPE.with(|scope| scope.panic.replace(Some(told)));
        } else {
            tracing::error!(error = %told, "a task panicked");
        }
    }));
}
