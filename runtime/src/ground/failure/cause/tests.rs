use super::{LONGEST, cause, line, refusal};
use crate::ground::error::{Detail, Error};

#[test]
fn a_cause_is_one_line() {
    assert_eq!(line(" a\r\nb\u{2028}c\u{1b}[31m\u{85}d\n"), "a\\r\\nb\\u{2028}c\\u{1b}[31m\\u{85}d");
    let long = line(&"ü".repeat(LONGEST + 1));
    assert_eq!((long.chars().count(), long.ends_with("ü…")), (LONGEST + 1, true));
    assert_eq!(line(&"ü".repeat(LONGEST)).chars().count(), LONGEST);
}

#[test]
fn what_an_error_came_from_is_said_once() {
    let refused = std::io::Error::other(Outer(std::io::Error::other("the innermost")));
    let error = Error::from(sqlx::Error::Configuration(Box::new(refused)));
    assert_eq!(cause(&error), "database: error with configuration: outer: the innermost");
}

#[derive(Debug, thiserror::Error)]
#[error("outer")]
struct Outer(#[source] std::io::Error);

#[test]
fn a_refusal_names_fields_and_no_values() {
    let fields = vec![
        ("name".to_owned(), Detail::message("\"s3cret\" is no name.")),
        ("non_field_errors".to_owned(), Detail::text("s3cret")),
    ];
    for (error, shown) in [
        (Error::Validation(Detail::Map(fields)), "invalid input: name, non_field_errors"),
        (Error::invalid("s3cret"), "invalid input"),
        (Error::Parse("s3cret".to_owned()), "malformed request"),
        (Error::MethodNotAllowed("s3cret".to_owned()), "method not allowed"),
        (Error::Protected("s3cret".to_owned()), "protected"),
        (Error::Api { status: 418, detail: Detail::text("s3cret") }, "418"),
        (Error::NotFound, "not found"),
        (Error::PermissionDenied, "permission denied"),
    ] {
        assert_eq!(refusal(&error), shown);
    }
}
