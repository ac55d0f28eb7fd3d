//! Tests whether a server listens at the address of a database or a broker: the answer, or the reason, is known soon.
//!
//! Drivers would wait for a server that is down: a host that drops packets costs them a minute and more, and a pool
//! retries for half a minute what was refused at once.

use std::io;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// How long resolving a name and a TCP connection may take. However busy a server is, its system accepts connections.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tests whether a server listens on a port of a host.
///
/// # Errors
/// Returns a message with the reason.
pub(crate) async fn listens(host: &str, port: u16) -> Result<(), String> {
    // In URLs IPv6 addresses have brackets.
    let host = host.trim_matches(['[', ']']);
    let found = timeout(PATIENCE, lookup_host((host, port))).await;
    let found = found.map_err(|_| format!("the address of {host} is not resolved within {PATIENCE:?}"))?;
    let addresses: Vec<_> =
        found.map_err(|error| format!("the host {host} is not known: {error}"))?.collect();
    match timeout(PATIENCE, TcpStream::connect(&*addresses)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Err(format!("nothing listens at {host}:{port} ({error})"))
        }
        Ok(Err(error)) => Err(format!("{host}:{port} cannot be reached: {error}")),
        Err(_) => Err(format!("{host}:{port} does not answer within {PATIENCE:?}")),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::listens;

    #[tokio::test]
    async fn says_what_is_not_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        assert_eq!(listens("127.0.0.1", port).await, Ok(()));
        drop(listener);
        let refused = listens("127.0.0.1", port).await.expect_err("nobody listens any more");
        assert!(refused.starts_with(&format!("nothing listens at 127.0.0.1:{port} (")), "{refused}");
        let unknown = listens("no-such-host.invalid", port).await.expect_err("RFC 2606 says so");
        assert!(unknown.contains("no-such-host.invalid"), "{unknown}");
    }
}
