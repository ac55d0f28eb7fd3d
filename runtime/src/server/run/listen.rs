//! The addresses that a server listens at.

/// Where the server listens unless it is told otherwise.
pub(super) const LISTEN: &str = "127.0.0.1:8000";

/// Why an address cannot be listened at: a sentence.
pub(super) fn listen_failure(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "another program listens there already".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this user may not listen there".to_owned(),
        std::io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}
