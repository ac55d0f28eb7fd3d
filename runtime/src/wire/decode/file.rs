//! Reads files from payloads: base64, as `drf-extra-fields` reads it, with its messages and those of DRF's `FileField`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::value::RawValue;

use super::fault::Fault;
use super::shape::Shape;
use crate::files::UPLOAD;
use crate::ground::scalar::Bytes;
use crate::schema::meta::{FileKind, FileMeta, TypeMeta};
use crate::schema::value::Value;

/// Base64 as Python reads it: with its padding, and with whatever bits the last character has left.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// Reads a file: the content as bytes, or the text that stands for an upload.
pub(super) fn file(ty: &TypeMeta, file: &FileMeta, raw: &RawValue) -> Result<Value, Fault> {
    let given = match Shape::of(raw) {
        Shape::Null if ty.nullable => return Ok(Value::Null),
        Shape::Null => return Err(Fault::null()),
        Shape::Text(text) => text,
        other if other.python_type() == "str" => return Err(no_base64(file)),
        other => {
            let text = "Invalid type. This is not an base64 string: <class '{input_type}'>";
            return Err(Fault::invalid(text).with("input_type", other.python_type()));
        }
    };
    if given.is_empty() {
        return match (ty.nullable, ty.blank) {
            (_, true) => Ok(Value::Text(String::new())),
            (true, false) => Ok(Value::Null),
            (false, false) => Err(empty()),
        };
    }
    if given.starts_with(UPLOAD) {
        return Ok(Value::Text(given.into_owned()));
    }
    let content = content(file, &given)?;
    check_file(file, &content)?;
    Ok(Value::Bytes(Bytes::new(content)))
}

/// Decodes base64, which may be in a `data:` URL, whose media type is not believed.
fn content(file: &FileMeta, given: &str) -> Result<Vec<u8>, Fault> {
    let encoded = given.split_once(";base64,").map_or(given, |(_, encoded)| encoded);
    let encoded: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    // Three bytes are four characters.
    let size = encoded.len() as u64 / 4 * 3;
    if size > file.max_size.saturating_add(3) {
        return Err(too_large(file, size));
    }
    BASE64.decode(encoded).map_err(|_| no_base64(file))
}

fn no_base64(file: &FileMeta) -> Fault {
    Fault::invalid(message(file, "Please upload a valid image.", "Please upload a valid file."))
}

/// Checks the content of a file, from a payload or an upload, by the rules of its column. Returns its kind, if it is of
/// a known kind.
pub(crate) fn check_file(file: &FileMeta, content: &[u8]) -> Result<Option<FileKind>, Fault> {
    if content.is_empty() {
        return Err(empty());
    }
    let size = content.len() as u64;
    if size > file.max_size {
        return Err(too_large(file, size));
    }
    let kind = FileKind::of_content(content);
    if !file.kinds.is_empty() && !kind.is_some_and(|kind| file.kinds.contains(&kind)) {
        let (image, other) =
            ("The type of the image couldn't be determined.", "The type of the file couldn't be determined.");
        return Err(Fault::new("invalid_type", message(file, image, other)));
    }
    check_image(file, kind, content)?;
    Ok(kind)
}

fn check_image(file: &FileMeta, kind: Option<FileKind>, content: &[u8]) -> Result<(), Fault> {
    let Some(rules) = file.image else { return Ok(()) };
    let text = "Upload a valid image. The file you uploaded was either not an image or a corrupted image.";
    let dimensions = kind.and_then(|kind| kind.dimensions(content));
    let Some((width, height)) = dimensions.filter(|(width, height)| *width > 0 && *height > 0) else {
        return Err(Fault::new("invalid_image", text));
    };
    if width > rules.max_width {
        let text = "Ensure this image is at most {max_width} pixels wide (it is {width}).";
        let fault = Fault::new("max_width", text);
        return Err(fault.with("max_width", rules.max_width).with("width", width));
    }
    if height > rules.max_height {
        let text = "Ensure this image is at most {max_height} pixels high (it is {height}).";
        let fault = Fault::new("max_height", text);
        return Err(fault.with("max_height", rules.max_height).with("height", height));
    }
    Ok(())
}

/// Returns the error for a field without a file.
pub(super) const fn no_file() -> Fault {
    Fault::new("required", "No file was submitted.")
}

/// Returns the error for an upload that does not wait, or that waits for another field or user.
pub(crate) const fn no_upload() -> Fault {
    Fault::new("invalid", "There is no such upload: it may have expired.")
}

const fn empty() -> Fault {
    Fault::new("empty", "The submitted file is empty.")
}

fn too_large(file: &FileMeta, size: u64) -> Fault {
    let text = "Ensure this file has at most {max_size} bytes (it has {size}).";
    Fault::new("max_size", text).with("max_size", file.max_size).with("size", size)
}

fn message(file: &FileMeta, image: &'static str, other: &'static str) -> &'static str {
    if file.image.is_some() { image } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::meta::Kind;

    const TEXT: TypeMeta = TypeMeta::new(Kind::Text);
    const ANY: FileMeta = FileMeta::new("a/").max_size(20);
    const IMAGE: FileMeta = FileMeta::new("a/").kinds(FileKind::IMAGES).image(10, 20);

    fn read(ty: &TypeMeta, meta: &FileMeta, json: &str) -> Result<Value, String> {
        let raw: Box<RawValue> = serde_json::from_str(json).expect("JSON");
        file(ty, meta, &raw).map_err(|fault| fault.text(&[]))
    }

    fn bytes(content: &[u8]) -> Result<Value, String> {
        Ok(Value::Bytes(Bytes::new(content.to_vec())))
    }

    #[test]
    fn base64_is_read_with_and_without_a_header() {
        for json in [
            r#""aGVsbG8=""#,
            r#""aGVsbG9=""#,
            r#""aGVs\nbG8=""#,
            r#""data:text/plain;base64,aGVsbG8=""#,
            r#""data:text/plain;name=a.txt;base64,aGVsbG8=""#,
        ] {
            assert_eq!(read(&TEXT, &ANY, json), bytes(b"hello"), "{json}");
        }
        let upload = read(&TEXT, &ANY, r#""upload:0""#);
        assert_eq!(upload, Ok(Value::Text("upload:0".to_owned())));
    }

    #[test]
    fn what_is_no_file_is_said() {
        for (json, message) in [
            ("null", "This field may not be null."),
            (r#""""#, "The submitted file is empty."),
            (r#""data:;base64,""#, "The submitted file is empty."),
            (r#""avatars/other.png""#, "Please upload a valid file."),
            (r#""/media/avatars/other.png""#, "Please upload a valid file."),
            (r#""aGVsbG8""#, "Please upload a valid file."),
            (r#""\ud800""#, "Please upload a valid file."),
            (r#""a b c !""#, "Please upload a valid file."),
            ("7", "Invalid type. This is not an base64 string: <class 'int'>"),
            ("[]", "Invalid type. This is not an base64 string: <class 'list'>"),
            (r#""YWFhYWFhYWFhYWFhYWFhYWFhYWFh""#, "Ensure this file has at most 20 bytes (it has 21)."),
        ] {
            assert_eq!(read(&TEXT, &ANY, json), Err(message.to_owned()), "{json}");
        }
        assert_eq!(read(&TEXT.nullable(), &ANY, "null"), Ok(Value::Null));
        assert_eq!(read(&TEXT.nullable(), &ANY, r#""""#), Ok(Value::Null));
        assert_eq!(read(&TEXT.blank(), &ANY, r#""""#), Ok(Value::Text(String::new())));
    }

    #[test]
    fn the_content_of_an_image_counts_and_not_what_its_header_says() {
        let gif = |width: u8, height: u8| {
            let content = [b"GIF89a".as_slice(), &[width, 0, height, 0]].concat();
            format!("\"data:text/html;base64,{}\"", Bytes::new(content))
        };
        assert_eq!(read(&TEXT, &IMAGE, &gif(10, 20)), bytes(b"GIF89a\x0a\0\x14\0"));
        for (json, message) in [
            (gif(11, 20), "Ensure this image is at most 10 pixels wide (it is 11)."),
            (gif(10, 21), "Ensure this image is at most 20 pixels high (it is 21)."),
            (
                gif(0, 1),
                "Upload a valid image. The file you uploaded was either not an image or a corrupted image.",
            ),
            (
                r#""data:image/png;base64,PHN2Zy8+""#.to_owned(),
                "The type of the image couldn't be determined.",
            ),
            (r#""&""#.to_owned(), "Please upload a valid image."),
        ] {
            assert_eq!(read(&TEXT, &IMAGE, &json), Err(message.to_owned()), "{json}");
        }
    }
}
