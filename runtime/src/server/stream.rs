//! What a client is connected by: TCP, encrypted or not.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

#[cfg(feature = "tls")]
pub(super) use encryption::Encryption;

/// A connection of TCP.
pub(super) enum Stream {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Encrypted(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

/// Calls the same of whichever it is.
macro_rules! either {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Plain($stream) => $call,
            #[cfg(feature = "tls")]
            Stream::Encrypted($stream) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            #[cfg(feature = "tls")]
            Self::Encrypted(stream) => stream.is_write_vectored(),
        }
    }
}

#[cfg(feature = "tls")]
mod encryption {
    use std::fmt;
    use std::path::Path;
    use std::sync::Arc;

    use rustls::ServerConfig;
    use rustls::crypto::ring;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::TlsAcceptor;

    use crate::server::ServiceError;

    /// With which certificate connections are encrypted.
    #[derive(Clone)]
    pub(in crate::server) struct Encryption(pub(in crate::server) TlsAcceptor);

    impl fmt::Debug for Encryption {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Encryption").finish_non_exhaustive()
        }
    }

    impl Encryption {
        /// Reads a chain of certificates, the server's own first, and its key: PEM files.
        pub(in crate::server) fn read(certificates: &Path, key: &Path) -> Result<Self, ServiceError> {
            let unusable = |file: &Path, reason: String| {
                ServiceError::Certificate(format!("{}: {reason}", file.display()))
            };
            let chain: Result<Vec<_>, _> =
                CertificateDer::pem_file_iter(certificates).and_then(Iterator::collect);
            let chain = chain.map_err(|error| unusable(certificates, error.to_string()))?;
            if chain.is_empty() {
                return Err(unusable(certificates, "there is no certificate in it".to_owned()));
            }
            let private =
                PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error.to_string()))?;
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map(|builder| builder.with_no_client_auth());
            let config = config.and_then(|builder| builder.with_single_cert(chain, private));
            let mut config = config.map_err(|error| unusable(certificates, error.to_string()))?;
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(Self(TlsAcceptor::from(Arc::new(config))))
        }
    }
}
