//! The URLs of files, by the names under which they are stored.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The path below which files are served: Django's usual `MEDIA_URL`.
pub(crate) const MEDIA: &str = "/media/";

/// The characters of a name that are encoded in its URL: all but those that Django's `filepath_to_uri` leaves.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'!')
    .remove(b'*')
    .remove(b'(')
    .remove(b')')
    .remove(b'\'');

/// Returns the URL of a file, without a host: the client has its own name for the server.
pub(crate) fn file_url(name: &str) -> String {
    format!("{MEDIA}{}", utf8_percent_encode(name, ENCODED))
}

#[cfg(test)]
mod tests {
    use super::file_url;

    #[test]
    fn a_url_is_encoded_as_by_django() {
        assert_eq!(file_url("avatars/a_1.png"), "/media/avatars/a_1.png");
        assert_eq!(file_url("a/b c?#%ü.png"), "/media/a/b%20c%3F%23%25%C3%BC.png");
        assert_eq!(file_url("a/~!*()'.png"), "/media/a/~!*()'.png");
    }
}
