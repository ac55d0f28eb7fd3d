//! Kinds of files, which are recognised by their first bytes and not by a name that a client gives.

/// Declares the kinds, each once: its documentation, name, media type and extension.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $media_type:literal $extension:literal,)*) => {
        /// A kind of file that is recognised by its content.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FileKind {
            $($(#[$doc])* $name,)*
        }

        impl FileKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the media type: `image/png`.
            pub const fn media_type(self) -> &'static str {
                match self { $(Self::$name => $media_type,)* }
            }

            /// Returns the extension of names of such files, without a point: `png`.
            pub const fn extension(self) -> &'static str {
                match self { $(Self::$name => $extension,)* }
            }
        }
    };
}

kinds! {
    /// An image, with or without transparency.
    Png "image/png" "png",
    /// A photograph.
    Jpeg "image/jpeg" "jpg",
    /// An image that may be animated.
    Gif "image/gif" "gif",
    /// An image of any of these sorts.
    Webp "image/webp" "webp",
    /// A document.
    Pdf "application/pdf" "pdf",
    /// An archive, and documents that are archives, such as `docx`.
    Zip "application/zip" "zip",
    /// A compressed file.
    Gzip "application/gzip" "gz",
    /// A video or a sound.
    Mp4 "video/mp4" "mp4",
    /// A video.
    Webm "video/webm" "webm",
    /// A sound.
    Mp3 "audio/mpeg" "mp3",
    /// A sound.
    Ogg "audio/ogg" "ogg",
    /// A sound that is not compressed.
    Wav "audio/wav" "wav",
}

impl FileKind {
    /// The kinds of images: those of `Base64ImageField` of drf-extra-fields.
    pub const IMAGES: &'static [Self] = &[Self::Png, Self::Jpeg, Self::Gif, Self::Webp];

    /// Returns the kind of a media type.
    pub fn of_media_type(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.media_type() == text)
    }

    /// Returns the kind of some content, which its first bytes tell; `None` if it is of no known kind.
    pub fn of_content(content: &[u8]) -> Option<Self> {
        let at = |from: usize, mark: &[u8]| content.get(from..).is_some_and(|rest| rest.starts_with(mark));
        let kind = match content {
            _ if at(0, b"\x89PNG\r\n\x1a\n") => Self::Png,
            _ if at(0, b"\xff\xd8\xff") => Self::Jpeg,
            _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Self::Gif,
            _ if at(0, b"RIFF") && at(8, b"WEBP") => Self::Webp,
            _ if at(0, b"RIFF") && at(8, b"WAVE") => Self::Wav,
            _ if at(0, b"%PDF-") => Self::Pdf,
            _ if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") => Self::Zip,
            _ if at(0, b"\x1f\x8b\x08") => Self::Gzip,
            _ if at(4, b"ftyp") && !at(8, b"avif") && !at(8, b"heic") => Self::Mp4,
            _ if at(0, b"\x1a\x45\xdf\xa3") && is_webm(content) => Self::Webm,
            _ if at(0, b"OggS") => Self::Ogg,
            _ if at(0, b"ID3") => Self::Mp3,
            [0xff, 0xfb | 0xf3 | 0xf2, ..] => Self::Mp3,
            _ => return None,
        };
        Some(kind)
    }

    /// Returns the width and the height of an image in pixels, as its header states them; `None` if there is no such
    /// header, or if the file is not an image.
    pub fn dimensions(self, content: &[u8]) -> Option<(u32, u32)> {
        match self {
            Self::Png => {
                let header = content.get(12..24)?.strip_prefix(b"IHDR")?;
                Some((u32::from_be_bytes(array(header, 0)?), u32::from_be_bytes(array(header, 4)?)))
            }
            Self::Gif => {
                let side = |at| Some(u32::from(u16::from_le_bytes(array(content, at)?)));
                Some((side(6)?, side(8)?))
            }
            Self::Jpeg => of_jpeg(content),
            Self::Webp => of_webp(content),
            _ => None,
        }
    }
}

/// Tells whether the header of a Matroska file, which is at most some dozens of bytes long, says that it is WebM.
fn is_webm(content: &[u8]) -> bool {
    content[..content.len().min(64)].windows(4).any(|window| window == b"webm")
}

fn array<const N: usize>(content: &[u8], at: usize) -> Option<[u8; N]> {
    content.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Returns the dimensions of the frame of a JPEG: those of the first segment SOFn (ISO 10918-1, B.2.2).
fn of_jpeg(content: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [0xff, marker] = array(content, at)? else { return None };
        match marker {
            // A marker may be preceded by any number of fill bytes.
            0xff => at += 1,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let side = |at| Some(u32::from(u16::from_be_bytes(array(content, at)?)));
                return Some((side(at + 7)?, side(at + 5)?));
            }
            // Markers without a segment.
            0x01 | 0xd0..=0xd7 => at += 2,
            // The image data begins, or ends, without a frame.
            0xd9 | 0xda => return None,
            _ => at = at.checked_add(2 + usize::from(u16::from_be_bytes(array(content, at + 2)?)))?,
        }
    }
}

/// Returns the dimensions of a WebP image, which its first chunk states (RFC 9649).
fn of_webp(content: &[u8]) -> Option<(u32, u32)> {
    let chunk = content.get(20..)?;
    match content.get(12..16)? {
        b"VP8X" => {
            let side = |at| {
                let [a, b, c] = array(chunk, at)?;
                Some(u32::from_le_bytes([a, b, c, 0]) + 1)
            };
            Some((side(4)?, side(7)?))
        }
        b"VP8 " => {
            chunk.get(3..6)?.strip_prefix(b"\x9d\x01\x2a")?;
            let side = |at| Some(u32::from(u16::from_le_bytes(array(chunk, at)?) & 0x3fff));
            Some((side(6)?, side(8)?))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(array(chunk.strip_prefix(b"\x2f")?, 0)?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::FileKind;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut content = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        content.extend(width.to_be_bytes());
        content.extend(height.to_be_bytes());
        content
    }

    #[test]
    fn the_content_tells_the_kind() {
        for (content, kind) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], Some(FileKind::Jpeg)),
            (b"GIF89a\x01\0\x01\0", Some(FileKind::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(FileKind::Webp)),
            (b"RIFF\0\0\0\0WAVEfmt ", Some(FileKind::Wav)),
            (b"%PDF-1.7", Some(FileKind::Pdf)),
            (b"PK\x03\x04", Some(FileKind::Zip)),
            (b"\x1a\x45\xdf\xa3\x01\0\x42\x82\x84webm", Some(FileKind::Webm)),
            (b"\x1a\x45\xdf\xa3\x01\0\x42\x82\x84matroska", None),
            (b"\0\0\0\x18ftypmp42", Some(FileKind::Mp4)),
            (b"\0\0\0\x18ftypavif", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"<!DOCTYPE html>", None),
            (b"", None),
            (b"\x89PNG", None),
        ] {
            assert_eq!(FileKind::of_content(content), kind, "{content:?}");
        }
        assert_eq!(FileKind::of_content(&png(1, 1)), Some(FileKind::Png));
        assert_eq!(FileKind::of_media_type("image/webp"), Some(FileKind::Webp));
        assert_eq!(FileKind::of_media_type("image/svg+xml"), None);
    }

    #[test]
    fn an_image_states_its_dimensions() {
        assert_eq!(FileKind::Png.dimensions(&png(640, 480)), Some((640, 480)));
        assert_eq!(FileKind::Gif.dimensions(b"GIF89a\x03\0\x02\x01"), Some((3, 258)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\0\x10\0\x20\x03";
        assert_eq!(FileKind::Jpeg.dimensions(jpeg), Some((32, 16)));
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x09\x40\x04\x00";
        assert_eq!(FileKind::Webp.dimensions(lossless), Some((10, 18)));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
        assert_eq!(FileKind::Webp.dimensions(extended), Some((640, 480)));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x20\0\x10\0";
        assert_eq!(FileKind::Webp.dimensions(lossy), Some((32, 16)));
    }

    #[test]
    fn a_header_that_is_cut_off_has_no_dimensions() {
        let jpeg = b"\xff\xd8\xff\xe0\xff\xff";
        assert_eq!(FileKind::Jpeg.dimensions(jpeg), None);
        assert_eq!(FileKind::Jpeg.dimensions(b"\xff\xd8\xff\xda"), None);
        let whole = png(1, 1);
        for length in 0..whole.len() {
            assert_eq!(FileKind::Png.dimensions(&whole[..length]), None, "{length}");
        }
        for kind in FileKind::ALL {
            assert_eq!(kind.dimensions(b""), None, "{kind:?}");
        }
    }
}
