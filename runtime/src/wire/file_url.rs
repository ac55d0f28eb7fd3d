//! The URLs of files, by the names under which they are stored.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::schema::meta::FileMeta;

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

/// Returns the URL of a file. On this server it is without a host: the client has its own name for the server.
pub(crate) fn file_url(file: &FileMeta, name: &str) -> String {
    format!("{}{}", file.url, utf8_percent_encode(name, ENCODED))
}

#[cfg(test)]
mod tests {
    use super::{FileMeta, file_url};

    #[test]
    fn a_url_is_encoded_as_by_django() {
        let file = FileMeta::new("a/");
        assert_eq!(file_url(&file, "avatars/a_1.png"), "/media/avatars/a_1.png");
        assert_eq!(file_url(&file, "a/b c?#%ü.png"), "/media/a/b%20c%3F%23%25%C3%BC.png");
        assert_eq!(file_url(&file, "a/~!*()'.png"), "/media/a/~!*()'.png");
        let elsewhere = file.url("https://files.example.com/");
        assert_eq!(file_url(&elsewhere, "a/b c.png"), "https://files.example.com/a/b%20c.png");
    }
}
