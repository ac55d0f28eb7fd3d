//! The certificate of the server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::error::ServiceError;

/// The certificate with which connections are encrypted.
#[derive(Clone)]
pub(super) struct Encryption(pub(super) TlsAcceptor);

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryption").finish_non_exhaustive()
    }
}

impl Encryption {
    /// Reads a chain of certificates, with the server's own first, and its key, from PEM files.
    pub(super) fn read(certificates: &Path, key: &Path) -> Result<Self, ServiceError> {
        let unusable =
            |file: &Path, reason: String| ServiceError::Certificate(format!("{}: {reason}", file.display()));
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(certificates).and_then(Iterator::collect);
        let chain = chain.map_err(|error| unusable(certificates, error.to_string()))?;
        if chain.is_empty() {
            return Err(unusable(certificates, "there is no certificate in it".to_owned()));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error.to_string()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_no_client_auth());
        let config = config.and_then(|builder| builder.with_single_cert(chain, private));
        let mut config = config.map_err(|error| unusable(certificates, error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}
