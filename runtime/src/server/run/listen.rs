//! The addresses at which a server listens.

/// The default address.
pub(super) const LISTEN: &str = "127.0.0.1:8000";

/// Returns a message with the reason why the server cannot listen at an address.
pub(super) fn listen_failure(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "another program listens there already".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this user may not listen there".to_owned(),
        std::io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}
