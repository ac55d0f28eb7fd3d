//! Panics of an application's code: each becomes an error of what the code was called for.
//!
//! Where it was is known to the panic hook alone, which runs before. If the log is ours (see [`tell_by_log`]) so is the
//! hook: it remembers that for the line of the failure, instead of printing lines of its own.

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

/// What this thread is in the midst of.
struct Scope {
    /// In how many calls of [`caught`].
    depth: Cell<usize>,
    /// What a panic in one of them said, and where.
    panic: RefCell<Option<String>>,
}

/// Runs the application's code. A panic is an error of it.
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

/// The failure that a panic is.
fn error(panic: &(dyn Any + Send)) -> Error {
    let told = SCOPE.with(|scope| scope.panic.take());
    Error::internal(told.unwrap_or_else(|| format!("panic: {}", message(panic))))
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)")
}

/// In a call of [`caught`], until it is dropped.
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
        // Nobody has asked for it: the application has caught it itself.
        if let Some(panic) = left {
            tracing::warn!(error = %panic, "the application has caught a panic");
        }
    }
}

/// Has panics told by the log instead of by what the hook prints: those in [`caught`] by the line of their failure, all
/// others by one of their own. With `RUST_BACKTRACE` the hook of before prints, too, as that is where a backtrace is.
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
        // None: the thread is about to end.
        let within = SCOPE.try_with(|scope| scope.depth.get() > 0).unwrap_or(false);
        if within {
            SCOPE.with(|scope| scope.panic.replace(Some(told)));
        } else {
            tracing::error!(error = %told, "a task panicked");
        }
    }));
}
