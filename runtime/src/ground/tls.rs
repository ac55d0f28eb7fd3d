//! TLS to databases and brokers: whom they are trusted by, who we are, and what is said where there is none.

use std::net::IpAddr;
#[cfg(any(feature = "redis", feature = "nats"))]
use std::path::PathBuf;

/// What is said of a URL that asks for TLS where there is none.
pub(crate) const MISSING: &str =
    "its URL asks for TLS, and this application was built without the feature `tls` of dcrf-runtime";

/// What the URL of a broker says of TLS, by the names that libpq has for it: `sslrootcert` is a file with the
/// certificates of the authorities that sign the server's (left out: those that the system trusts), `sslcert` and
/// `sslkey` are files with a certificate of our own and its key. All of them are PEM.
#[cfg(any(feature = "redis", feature = "nats"))]
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) authorities: Option<PathBuf>,
    pub(crate) own: Option<(PathBuf, PathBuf)>,
}

#[cfg(any(feature = "redis", feature = "nats"))]
impl Files {
    /// Takes them out of a URL.
    ///
    /// # Errors
    /// A sentence, if there is a certificate without a key, or they are said where TLS is not.
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

/// Says that what goes to a server can be read on its way, unless it does not leave the machine.
pub(crate) fn warn_of_plain_text(what: &str, host: &str) {
    if !is_here(host) {
        tracing::warn!(
            host,
            "the connection to {what} is not encrypted: whoever is between can read and change what it carries"
        );
    }
}

/// Whether a host is this machine, as far as its name says.
fn is_here(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Chooses who computes, where the application has not: libraries ask for it by themselves only while there is one choice.
#[cfg(all(feature = "tls", any(feature = "redis", feature = "nats")))]
pub(crate) fn choose_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been first: that is as good.
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
