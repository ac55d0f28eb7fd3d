//! Password hashes in Django's format, `pbkdf2_sha256$<iterations>$<salt>$<hash>`.
//!
//! One takes a core for a tenth of a second and more, on purpose: they are computed on threads for blocking work, and
//! only so many at a time that a flood of logins leaves the server a core.
//!
//! In a debug build one takes ten seconds and more, unless the application's `Cargo.toml` has the crate `sha2` optimised,
//! as that of `dcrf new` does: `[profile.dev.package.sha2]` with `opt-level = 2`.

mod pbkdf2;

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;

/// The number of Django 5.2.
const ITERATIONS: u32 = 1_000_000;
/// A stored hash that asks for more counts as an attack on the server, not as a hash.
const MAX_ITERATIONS: u32 = 10_000_000;
const ALGORITHM: &str = "pbkdf2_sha256";

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(Semaphore::new((cores - 1).max(1)))
});

/// The hash of a password, with a salt of its own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use dcrf_runtime::password;
///
/// let hash = password::hash("correct horse").await?;
/// assert!(hash.starts_with("pbkdf2_sha256$1000000$"));
/// assert!(password::verify("correct horse", hash).await?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Internal`] if the work panics or the runtime shuts down.
pub fn hash(password: impl Into<String>) -> BoxFuture<'static, Result<String>> {
    let password = password.into();
    Box::pin(blocking(move || {
        // It has 122 random bits: as many as Django's salts.
        let salt = uuid::Uuid::new_v4().simple().to_string();
        let digest = STANDARD.encode(pbkdf2::derive(password.as_bytes(), salt.as_bytes(), ITERATIONS));
        format!("{ALGORITHM}${ITERATIONS}${salt}${digest}")
    }))
}

/// Whether a password is the one of a hash. Of something else than a hash in this format, it is not.
///
/// # Errors
/// As [`hash`].
pub fn verify(password: impl Into<String>, encoded: impl Into<String>) -> BoxFuture<'static, Result<bool>> {
    let (password, encoded) = (password.into(), encoded.into());
    Box::pin(async move {
        let Some(stored) = Stored::parse(&encoded) else { return Ok(false) };
        blocking(move || {
            let digest = pbkdf2::derive(password.as_bytes(), stored.salt.as_bytes(), stored.iterations);
            digest.as_slice().ct_eq(&stored.digest).into()
        })
        .await
    })
}

struct Stored {
    iterations: u32,
    salt: String,
    digest: Vec<u8>,
}

impl Stored {
    fn parse(encoded: &str) -> Option<Self> {
        let mut parts = encoded.split('$');
        let (algorithm, iterations, salt, digest) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let iterations = iterations.parse().ok().filter(|count| (1..=MAX_ITERATIONS).contains(count))?;
        if algorithm != ALGORITHM || parts.next().is_some() {
            return None;
        }
        Some(Self { iterations, salt: salt.to_owned(), digest: STANDARD.decode(digest).ok()? })
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn =
        Arc::clone(&TURNS).acquire_owned().await.map_err(|error| Error::internal(error.to_string()))?;
    let work = move || {
        // The work holds the permit, and not its caller: a caller that goes away does not make room before the core is
        // free.
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `django.utils.crypto.pbkdf2("secret", "salt", 1000)` as Python's hashlib gives it.
    const KNOWN: &str = "pbkdf2_sha256$1000$salt$qN+JnzxPIE2WfgrWPAkph8EAVeuwF7PZ0ordIY1Peq0=";

    #[tokio::test]
    async fn reads_djangos_hashes() {
        assert!(verify("secret", KNOWN).await.expect("verify"));
        assert!(!verify("Secret", KNOWN).await.expect("verify"));
        for broken in
            ["", "!", "pbkdf2_sha256$0$a$b", "md5$1$a$b", "pbkdf2_sha256$99999999999$a$b", "a$b$c$d$e"]
        {
            assert!(!verify("secret", broken).await.expect("verify"), "{broken}");
        }
    }
}
