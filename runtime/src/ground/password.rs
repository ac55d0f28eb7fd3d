//! Password hashes in Django's format, `pbkdf2_sha256$<iterations>$<salt>$<hash>`.
//!
//! Computing a hash takes a core for at least a tenth of a second, on purpose: hashes are computed on threads for
//! blocking work, and so few at the same time that a flood of logins leaves a core to the server.
//!
//! In a debug build a hash takes ten seconds and more, unless the application's `Cargo.toml` optimises the crate
//! `sha2`, as that of `dcrf new` does: `[profile.dev.package.sha2]` with `opt-level = 2`.

mod pbkdf2;

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;

/// The number of iterations in Django 5.2.
const ITERATIONS: u32 = 1_000_000;
/// A stored hash that requires more iterations counts as an attack on the server, not as a hash.
const MAX_ITERATIONS: u32 = 10_000_000;
const ALGORITHM: &str = "pbkdf2_sha256";

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(Semaphore::new((cores - 1).max(1)))
});

/// Returns the hash of a password, with a random salt.
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
/// Returns [`Error::Internal`] if the work panics or the runtime shuts down.
pub fn hash(password: impl Into<String>) -> BoxFuture<'static, Result<String>> {
    let password = password.into();
    Box::pin(blocking(move || {
        // The salt has 122 random bits, about as many as Django's salts.
        let salt = uuid::Uuid::new_v4().simple().to_string();
        let digest = STANDARD.encode(pbkdf2::derive(password.as_bytes(), salt.as_bytes(), ITERATIONS));
        format!("{ALGORITHM}${ITERATIONS}${salt}${digest}")
    }))
}

/// Tells whether a password is the one of a hash. The result is false for a text that is not a hash in this format.
///
/// # Errors
/// Returns the same errors as [`hash`].
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
        // The work holds the permit, not its caller: a caller that goes away must not free the permit before the core
        // is free.
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The result of `django.utils.crypto.pbkdf2("secret", "salt", 1000)`, computed by Python's hashlib.
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
