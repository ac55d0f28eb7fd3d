//! TLS to databases and brokers: certificates, and warnings about connections without TLS.

use std::net::IpAddr;
#[cfg(any(feature = "redis", feature = "nats"))]
use std::path::PathBuf;

/// The error for a URL that asks for TLS when the feature is off.
pub(crate) const MISSING: &str =
    "its URL asks for TLS, and this application was built without the feature `tls` of dcrf-runtime";

/// The TLS parameters of a broker's URL, with the names of libpq: `sslrootcert` is a file with the certificates of the
/// authorities that sign the server's (by default those that the system trusts), `sslcert` and `sslkey` are files with
/// a client certificate and its key. All of them are PEM.
#[cfg(any(feature = "redis", feature = "nats"))]
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) authorities: Option<PathBuf>,
    pub(crate) own: Option<(PathBuf, PathBuf)>,
}

#[cfg(any(feature = "redis", feature = "nats"))]
impl Files {
    /// Takes the parameters out of a URL.
    ///
    /// # Errors
    /// Returns a message if there is a certificate without a key, or if they are given for a URL without TLS.
    pub(crate) fn take(url: &str, is_tls: bool) -> Result<(String, Self), String> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut files, mut cert, mut key) = (Self::default(), None, None);
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let slot = match name {
                "sslrootcert" => &mut files.authorities,
                "sslcert" => &mut cert,
                "sslkey" => &mut key,
                _ => {
                    kept.push(pair);
                    continue;
                }
            };
            if !is_tls {
                return Err(format!("`{name}` is for URLs that ask for TLS"));
            }
            let path = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            *slot = Some(PathBuf::from(path.into_owned()));
        }
        files.own = match (cert, key) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return Err("`sslcert` and `sslkey` belong together".to_owned()),
        };
        let query = kept.join("&");
        Ok((if query.is_empty() { place.to_owned() } else { format!("{place}?{query}") }, files))
    }
}

/// Warns that data to a server can be read on the network, unless it does not leave the machine.
pub(crate) fn warn_of_plain_text(what: &str, host: &str) {
    if !is_here(host) {
        tracing::warn!(
            host,
            "the connection to {what} is not encrypted: others on the network can read and change what it carries"
        );
    }
}

/// Tells whether a host is this machine, as far as its name shows.
fn is_here(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Chooses the cryptography provider, if the application has not: libraries choose one by themselves only if there is
/// exactly one.
#[cfg(all(feature = "tls", any(feature = "redis", feature = "nats")))]
pub(crate) fn choose_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_hosts_are_warned_of() {
        for host in ["localhost", "127.0.0.1", "[::1]", "::1", "127.9.9.9", "/run/postgresql"] {
            assert!(is_here(host), "{host}");
        }
        for host in ["db", "10.0.0.1", "localhost.example", "::2"] {
            assert!(!is_here(host), "{host}");
        }
    }

    #[cfg(any(feature = "redis", feature = "nats"))]
    #[test]
    fn files_are_named_as_libpq_names_them() {
        let (url, files) = Files::take("rediss://a:1/0?x=1&sslrootcert=/a%20b.pem", true).expect("good");
        assert_eq!((url.as_str(), files.authorities), ("rediss://a:1/0?x=1", Some("/a b.pem".into())));
        let (url, files) = Files::take("tls://a?sslcert=c.pem&sslkey=k.pem", true).expect("good");
        assert_eq!((url.as_str(), files.own), ("tls://a", Some(("c.pem".into(), "k.pem".into()))));
        let alone = Files::take("tls://a?sslcert=c.pem", true).expect_err("there is no key");
        assert_eq!(alone, "`sslcert` and `sslkey` belong together");
        let plain = Files::take("redis://a?sslrootcert=c.pem", false).expect_err("it is not encrypted");
        assert_eq!(plain, "`sslrootcert` is for URLs that ask for TLS");
    }
}
