//! Takes uploads: `POST /upload/<stream>/<field>` with the file as its body.
//!
//! An upload is not a write. It is answered with a text, which the client sends as the value of the field in a `create`,
//! an `update` or a `patch`: so validators, permissions, transactions and events are those of every other write, and a
//! new row can have a required file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as Clock};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::answer;
use super::caller::{Caller, action, frame};
use crate::actions::crud::files::column_name;
use crate::actions::crud::{row, serializer};
use crate::app::throttle;
use crate::files::{About, WaitingFile};
use crate::ground::error::{Detail, Error, Result};
use crate::ground::failure::{self, caught};
use crate::ground::stats::LimitKind;
use crate::schema::meta::{ActionKind, FileMeta};
use crate::server::handshake::in_time;
use crate::server::origin::is_allowed;
use crate::server::shared::Shared;
use crate::socket::session::Stream;
use crate::wire::decode::check_file;
use crate::wire::frame::Request as Frame;

/// How often old uploads are looked for at most, in seconds.
const FORGET_EVERY: u64 = 600;

/// What uploads need.
pub(super) struct Uploads {
    pub(super) shared: Arc<Shared>,
    streams: Arc<[Stream]>,
    /// Room for the uploads that are received at the same time.
    places: Semaphore,
    start: Clock,
    /// The second after the start at which old uploads are looked for next.
    next: AtomicU64,
}

/// The field for which an upload is sent.
struct Target {
    name: &'static str,
    messages: &'static [(&'static str, &'static str)],
    column: String,
    rules: &'static FileMeta,
    user: Option<String>,
}

/// Answers an upload.
pub(super) async fn answer(uploads: Arc<Uploads>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let taken = caught(uploads.take(&parts, body)).await.flatten();
    let answer = match taken {
        Ok(text) => answer::json(StatusCode::CREATED, text),
        Err(error) => {
            failure::log(&error, "an upload");
            answer::failure(&error)
        }
    };
    answer::shared_with(&uploads.shared.origins, &parts.headers, answer)
}

impl Uploads {
    pub(super) fn new(shared: Arc<Shared>, streams: Arc<[Stream]>, places: Semaphore) -> Self {
        Self { shared, streams, places, start: Clock::now(), next: AtomicU64::new(0) }
    }

    /// Receives a file, and returns the answer.
    async fn take(&self, parts: &Parts, body: Body) -> Result<String> {
        // Browsers send cookies regardless of the page that sends the upload.
        if !is_allowed(parts, &self.shared.origins) {
            return Err(Error::PermissionDenied);
        }
        let limits = &self.shared.bounds.limits;
        let deadline = Instant::now() + limits.action;
        let target = in_time(&self.shared, deadline, self.target(parts)).await?;
        let Ok(_place) = self.places.try_acquire() else {
            self.shared.bounds.stats.cross(LimitKind::Uploads);
            return Err(Error::Api { status: 503, detail: Detail::text("There are too many uploads.") });
        };
        let content = self.content(&parts.headers, body, &target).await?;
        check_file(target.rules, &content)
            .map_err(|fault| Error::field(target.name, fault.text(target.messages)))?;
        let name = given_name(parts).unwrap_or_default();
        let about = About { column: target.column, user: target.user, name };
        self.forget_old();
        let store = self.shared.db.files().store()?;
        let upload = store.wait(&WaitingFile { about, content }).await?;
        let detail = Detail::Map(vec![("upload".to_owned(), Detail::Text(upload))]);
        Ok(detail.to_string())
    }

    /// Returns the field of an upload, if the client may write it: the permissions are those of the action in which the
    /// upload is to be used, with the row that it changes.
    async fn target(&self, parts: &Parts) -> Result<Target> {
        let (stream, field) = segments(parts.uri.path()).ok_or(Error::NotFound)?;
        let stream = self.streams.iter().find(|own| own.meta.stream == stream).ok_or(Error::NotFound)?;
        let bound = stream.meta.model.as_ref().ok_or(Error::NotFound)?;
        let key = parameter(parts, bound.lookup_argument);
        let kind = match (parameter(parts, "action").as_deref(), &key) {
            (Some("create") | None, None) => ActionKind::Create,
            (Some("update"), Some(_)) => ActionKind::Update,
            (Some("patch") | None, Some(_)) => ActionKind::Patch,
            (Some("create"), Some(_)) => return Err(misplaced(bound.lookup_argument)),
            (Some("update" | "patch"), None) => {
                return Err(Error::field(bound.lookup_argument, "This field is required."));
            }
            (Some(other), _) => return Err(Error::MethodNotAllowed(other.to_owned())),
        };
        let found = action(stream, kind)
            .ok_or_else(|| Error::MethodNotAllowed(format!("{kind:?}").to_lowercase()))?;
        let json = key.map(|key| Detail::Text(key).to_string());
        let frame = frame(found, json.as_deref().map(|json| (bound.lookup_argument, json)));
        let caller = Caller::of(&self.shared, parts).await?;
        let ctx = caller.context(stream, found, &frame);
        let request = Frame::parse(&frame).map_err(|refusal| refusal.error)?;
        caller.check(stream, found, &ctx, &request).await?;
        throttle::check(&ctx, stream.meta.access.throttles)?;
        throttle::check(&ctx, found.throttles)?;
        let serializer = serializer(&*stream.dispatch, &ctx)?;
        let mut fields = serializer.fields.iter().filter(|own| own.name == field && own.access.is_taken());
        let field = fields.next().ok_or(Error::NotFound)?;
        let (column, rules) = field.column().zip(field.ty.file).ok_or(Error::NotFound)?;
        if kind != ActionKind::Create {
            row(&*stream.dispatch, &ctx, &request).await?;
        }
        let column = column_name(serializer.model, column);
        Ok(Target { name: field.name, messages: field.messages, column, rules, user: caller.user() })
    }

    /// Reads the body, which has no more bytes than the field takes.
    async fn content(&self, headers: &HeaderMap, body: Body, target: &Target) -> Result<Bytes> {
        let most = usize::try_from(target.rules.max_size).unwrap_or(usize::MAX);
        let announced =
            headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let too_large = || {
            let text = format!("Ensure this file has at most {most} bytes.");
            let detail = Detail::Map(vec![(target.name.to_owned(), Detail::message(text))]);
            Error::Api { status: 413, detail }
        };
        if announced.is_some_and(|announced: usize| announced > most) {
            return Err(too_large());
        }
        let within = self.shared.bounds.limits.body_within;
        match timeout(within, to_bytes(body, most)).await {
            Ok(Ok(content)) => Ok(content),
            Ok(Err(error)) if is_about_length(&error) => Err(too_large()),
            Ok(Err(_)) => Err(Error::Parse("The body broke off.".to_owned())),
            Err(_) => {
                self.shared.bounds.stats.cross(LimitKind::BodyWithin);
                let detail = Detail::Text(format!("The body did not come within {within:?}."));
                Err(Error::Api { status: 408, detail })
            }
        }
    }

    /// Deletes old uploads in a task of its own, now and then.
    fn forget_old(&self) {
        let now = self.start.elapsed().as_secs();
        let next = self.next.load(Ordering::Relaxed);
        let is_time = now >= next
            && self
                .next
                .compare_exchange(next, now + FORGET_EVERY, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if let Some(store) = self.shared.db.files().place().filter(|_| is_time).cloned() {
            let longest: Duration = self.shared.bounds.limits.upload_within;
            tokio::spawn(async move { store.forget(longest).await });
        }
    }
}

/// Tells whether a body was longer than it may be.
fn is_about_length(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        source = error.source();
    }
    false
}

fn misplaced(argument: &str) -> Error {
    Error::field(argument, "A new row has no key yet.")
}

/// Returns the stream and the field of a path `/upload/<stream>/<field>`.
fn segments(path: &str) -> Option<(String, String)> {
    let (stream, field) = path.strip_prefix("/upload/")?.split_once('/')?;
    let decoded = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    Some((decoded(stream)?, decoded(field)?))
}

/// Returns a parameter of the query.
fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let mut pairs = form_urlencoded::parse(query);
    pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// Returns the name that the client has given to the file: `name` in the query, or that of `Content-Disposition`, as
/// DRF's `FileUploadParser` reads it.
fn given_name(parts: &Parts) -> Option<String> {
    parameter(parts, "name").or_else(|| {
        let disposition = parts.headers.get(header::CONTENT_DISPOSITION)?.to_str().ok()?;
        let value = |key: &str| {
            let mut settings = disposition.split(';').map(str::trim);
            settings.find_map(|setting| setting.strip_prefix(key)?.strip_prefix('='))
        };
        match value("filename*") {
            Some(encoded) => {
                let (_, text) = encoded.split_once("''")?;
                Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
            }
            None => Some(value("filename")?.trim_matches('"').to_owned()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str, disposition: &str) -> Parts {
        let request = Request::builder().uri(uri).header(header::CONTENT_DISPOSITION, disposition);
        request.body(Body::empty()).expect("a request").into_parts().0
    }

    #[test]
    fn the_client_gives_a_name() {
        for (uri, disposition, name) in [
            ("/upload/a/b?name=x%20y.png", "attachment; filename=z", Some("x y.png")),
            ("/upload/a/b", "attachment; filename=\"x y.png\"", Some("x y.png")),
            ("/upload/a/b", "attachment; filename=z; filename*=UTF-8''%C3%BC.png", Some("ü.png")),
            ("/upload/a/b", "attachment", None),
        ] {
            assert_eq!(given_name(&parts(uri, disposition)).as_deref(), name, "{uri} {disposition}");
        }
    }

    #[test]
    fn a_path_names_a_stream_and_a_field() {
        assert_eq!(segments("/upload/posts/photo"), Some(("posts".to_owned(), "photo".to_owned())));
        assert_eq!(segments("/upload/posts"), None);
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_told_from_a_broken_one() {
        let error = to_bytes(Body::from("12345"), 4).await.expect_err("too long");
        assert!(is_about_length(&error), "{error}");
        assert!(!is_about_length(&axum::Error::new(std::io::Error::other("broken"))));
    }
}
