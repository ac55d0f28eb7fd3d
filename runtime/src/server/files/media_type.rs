//! What browsers are told about a file, by the extension of its name.

/// The kinds of files that a browser shows in its place, without running anything that the file says.
const SHOWN: &[(&str, &str)] = &[
    ("avif", "image/avif"),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("m4a", "audio/mp4"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain; charset=utf-8"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
];

/// The kinds of files that are saved: a browser would run them as a page of the server, or cannot show them.
const SAVED: &[(&str, &str)] = &[
    ("css", "text/css"),
    ("csv", "text/csv; charset=utf-8"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("epub", "application/epub+zip"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("svg", "image/svg+xml"),
    ("xhtml", "application/xhtml+xml"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// Returns the media type of a file, and whether a browser may show it in its place.
pub(super) fn of_name(name: &str) -> (&'static str, bool) {
    let file = name.rsplit('/').next().unwrap_or_default();
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    let of = |list: &[(&str, &'static str)]| {
        list.iter().find(|(own, _)| *own == extension).map(|(_, media_type)| *media_type)
    };
    match (of(SHOWN), of(SAVED)) {
        (Some(shown), _) => (shown, true),
        (None, Some(saved)) => (saved, false),
        (None, None) => ("application/octet-stream", false),
    }
}

/// Returns the value of `Content-Disposition`: RFC 6266, with the name in the encoding of RFC 8187.
pub(super) fn disposition(name: &str, is_shown: bool) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let file = name.rsplit('/').next().unwrap_or_default();
    let how = if is_shown { "inline" } else { "attachment" };
    format!("{how}; filename*=UTF-8''{}", utf8_percent_encode(file, NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use super::{disposition, of_name};

    #[test]
    fn what_a_browser_would_run_is_saved() {
        for name in
            ["a/x.html", "x.HTM", "x.svg", "x.xhtml", "x.xml", "x.js", "x", "x.unknown", ".png/x", "x."]
        {
            assert!(!of_name(name).1, "{name}");
        }
        assert_eq!(of_name("avatars/x.y.PNG"), ("image/png", true));
        assert_eq!(of_name("x.html.jpg"), ("image/jpeg", true));
        assert_eq!(of_name("x.exe"), ("application/octet-stream", false));
    }

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(disposition("a/b c\"ü.html", false), "attachment; filename*=UTF-8''b%20c%22%C3%BC%2Ehtml");
        assert_eq!(disposition("x\r\n.png", true), "inline; filename*=UTF-8''x%0D%0A%2Epng");
    }
}
