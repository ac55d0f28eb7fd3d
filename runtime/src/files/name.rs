//! Names of files: made safe as by Django's `get_valid_name`, and different as by its `get_available_name`.

use dcrf_scalars::{FileKind, Uuid};

/// The greatest number of bytes of a name without its folder. File systems allow 255.
const MOST: usize = 150;

/// The greatest number of characters of an extension, with its point.
const MOST_OF_EXTENSION: usize = 16;

/// The number of random characters that tell a name from one that is taken.
const RANDOM: usize = 7;

/// Names that Windows gives to devices, in any case and with any extension.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// The extensions of archives, and of documents that are archives.
const ARCHIVES: [&str; 8] = [".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub"];

/// Returns a safe name for a file that a client calls by this name, which may be a path: letters and digits of any
/// script, `_`, `-` and points, of which none is at its beginning or end.
pub(super) fn valid(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = |c: char| match c {
        ' ' => Some('_'),
        c if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') => Some(c),
        _ => None,
    };
    let name: String = last.trim().trim_matches('.').chars().filter_map(kept).collect();
    let name = name.trim_end_matches('.');
    // Of some names only the extension is left.
    let named = if name.starts_with('.') { format!("file{name}") } else { name.to_owned() };
    let (root, extension) = parts(&named);
    let root = cut(root, MOST - extension.len());
    match root {
        "" => format!("file{extension}"),
        root if is_device(root) => format!("_{root}{extension}"),
        root => format!("{root}{extension}"),
    }
}

/// Returns a name with an extension that belongs to this kind: the extension that it has, if that is one.
pub(crate) fn with_extension(name: &str, kind: FileKind) -> String {
    let (root, extension) = parts(name);
    let belongs = match kind {
        FileKind::Jpeg => matches!(extension.to_ascii_lowercase().as_str(), ".jpg" | ".jpeg"),
        FileKind::Zip => ARCHIVES.iter().any(|own| extension.eq_ignore_ascii_case(own)),
        kind => extension.get(1..).is_some_and(|own| own.eq_ignore_ascii_case(kind.extension())),
    };
    if belongs { name.to_owned() } else { format!("{root}.{}", kind.extension()) }
}

/// Returns another name like one that is taken: `a_1b2c3d4.png` for `a.png`.
pub(super) fn alternative(name: &str) -> String {
    let (root, extension) = parts(name);
    let random = Uuid::random().into_inner().simple().to_string();
    format!("{root}_{}{extension}", &random[..RANDOM])
}

/// Returns a name of at most this many characters with the same extension; `None` if there is none.
pub(super) fn shortened(name: &str, most: usize) -> Option<String> {
    let too_many = name.chars().count().saturating_sub(most);
    if too_many == 0 {
        return Some(name.to_owned());
    }
    let (root, extension) = parts(name);
    let left = root.chars().count().checked_sub(too_many).filter(|left| *left > 0)?;
    Some(root.chars().take(left).chain(extension.chars()).collect())
}

/// Returns the root and the extension, with its point; an extension that is too long belongs to the root.
fn parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name[at..].chars().count() <= MOST_OF_EXTENSION => name.split_at(at),
        _ => (name, ""),
    }
}

/// Returns the beginning of a text that has at most this many bytes.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn is_device(root: &str) -> bool {
    let root = root.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |name: &str| {
        let digit = root.strip_prefix(name);
        digit.is_some_and(|digit| digit.len() == 1 && digit.chars().all(|c| c.is_ascii_digit()))
    };
    DEVICES.contains(&root.as_str()) || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_client_becomes_safe() {
        for (given, name) in [
            ("photo.png", "photo.png"),
            ("my photo (1).png", "my_photo_1.png"),
            ("../../etc/passwd", "passwd"),
            ("/etc/passwd", "passwd"),
            ("..", "file"),
            (".", "file"),
            ("", "file"),
            (" ", "file"),
            (".htaccess", "htaccess"),
            ("C:\\Windows\\system.ini", "system.ini"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("a\0.png", "a.png"),
            ("a\n\r\u{202e}gnp.exe", "agnp.exe"),
            ("résumé Ελλάδα.pdf", "résumé_Ελλάδα.pdf"),
            ("写真.jpg", "写真.jpg"),
            ("con", "_con"),
            ("NUL.txt", "_NUL.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("LPT9", "_LPT9"),
            ("console.log", "console.log"),
            ("a.png.", "a.png"),
            ("a:b|c?d*e<f>\"g.png", "abcdefg.png"),
            ("a.png:stream", "a.pngstream"),
            ("%2e%2e%2fa", "2e2e2fa"),
            ("-rf", "-rf"),
            ("a/b/", "file"),
            ("💥.png", "file.png"),
        ] {
            assert_eq!(valid(given), name, "{given:?}");
        }
    }

    #[test]
    fn a_name_is_never_a_path_and_never_too_long() {
        let long = format!("{}.jpeg", "ü".repeat(500));
        assert!(valid(&long).len() <= MOST && valid(&long).ends_with("ü.jpeg"), "{}", valid(&long));
        let strange = ["/", "\\", "..", "\0", ".", " ", "ä", "a", ":", "~", "%", "\u{2028}", "con", "."];
        for one in strange {
            for two in strange {
                for three in strange {
                    let name = valid(&format!("{one}{two}{three}"));
                    assert!(!name.is_empty() && !name.starts_with('.') && !name.ends_with('.'), "{name:?}");
                    assert!(!name.contains(['/', '\\', '\0', ':', '%']), "{name:?}");
                }
            }
        }
    }

    #[test]
    fn another_name_has_the_same_extension() {
        let other = alternative("photo.tar.png");
        assert!(other.starts_with("photo.tar_") && other.ends_with(".png"), "{other}");
        assert_eq!(other.len(), "photo.tar_1234567.png".len());
        assert_ne!(alternative("a"), alternative("a"));
    }

    #[test]
    fn a_name_becomes_shorter_before_its_extension() {
        assert_eq!(shortened("photo.png", 9).as_deref(), Some("photo.png"));
        assert_eq!(shortened("photo.png", 6).as_deref(), Some("ph.png"));
        assert_eq!(shortened("photo.png", 4), None);
        assert_eq!(shortened("写真写真.png", 6).as_deref(), Some("写真.png"));
    }

    #[test]
    fn the_extension_is_that_of_the_content() {
        for (name, kind, expected) in [
            ("a.png", FileKind::Png, "a.png"),
            ("a.PNG", FileKind::Png, "a.PNG"),
            ("a.html", FileKind::Png, "a.png"),
            ("a", FileKind::Gif, "a.gif"),
            ("a.jpeg", FileKind::Jpeg, "a.jpeg"),
            ("a.svg", FileKind::Jpeg, "a.jpg"),
            ("a.docx", FileKind::Zip, "a.docx"),
            ("a.html", FileKind::Zip, "a.zip"),
        ] {
            assert_eq!(with_extension(name, kind), expected, "{name}");
        }
    }
}
