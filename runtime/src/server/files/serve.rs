//! Serves files: public ones to everyone, others to those who may `retrieve` a row that names the file.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tokio::time::Instant;

use super::answer;
use super::caller::{Caller, action, frame};
use super::media_type;
use super::range::wanted;
use crate::actions::crud::{row_of, serializer};
use crate::files::{OpenedFile, Part};
use crate::ground::error::{Error, Result};
use crate::ground::failure::{self, caught};
use crate::schema::meta::{ActionKind, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::server::handshake::in_time;
use crate::server::shared::Shared;
use crate::socket::session::Stream;
use crate::store;
use crate::wire::encode;
use crate::wire::frame::Request as Frame;

/// The files that are served below a path.
pub(super) struct Served {
    pub(super) path: &'static str,
    pub(super) shared: Arc<Shared>,
    pub(super) streams: Arc<[Stream]>,
    pub(super) models: Vec<&'static ModelMeta>,
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Everyone,
    Reader,
}

/// Answers a request for a file. A file that the client may not read is answered like one that does not exist.
pub(super) async fn answer(served: Arc<Served>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let found = caught(served.find(&parts)).await.flatten();
    let answer = match found {
        Ok(answer) => answer,
        Err(error) => {
            failure::log(&error, "a request for a file");
            answer::failure(&error)
        }
    };
    answer::shared_with(&served.shared.origins, &parts.headers, answer)
}

impl Served {
    async fn find(&self, parts: &Parts) -> Result<Response> {
        let name = name(self.path, parts.uri.path()).ok_or(Error::NotFound)?;
        let deadline = Instant::now() + self.shared.bounds.limits.action;
        let audience = in_time(&self.shared, deadline, self.audience(parts, &name)).await?;
        let audience = audience.ok_or(Error::NotFound)?;
        let (store, part) = (self.shared.db.files().store()?, wanted(&parts.headers));
        if let Some(file) = store.open(&name, part).await? {
            return Ok(found(&name, audience, file, &parts.headers));
        }
        let whole = if part == Part::Whole { None } else { store.open(&name, Part::Whole).await? };
        Ok(beyond(&whole.ok_or(Error::NotFound)?))
    }

    /// Returns who may read a file, if the client may.
    async fn audience(&self, parts: &Parts, name: &str) -> Result<Option<Audience>> {
        if self.files().any(|(_, _, public, folder)| public && name.starts_with(folder)) {
            return Ok(Some(Audience::Everyone));
        }
        let mut caller = None;
        for (model, column, public, _) in self.files() {
            let Some(row) = store::find(&self.shared.db, model, column, Value::Text(name.to_owned())).await?
            else {
                continue;
            };
            if public {
                return Ok(Some(Audience::Everyone));
            }
            if caller.is_none() {
                caller = Some(Caller::of(&self.shared, parts).await?);
            }
            let Some(caller) = &caller else { continue };
            for stream in self.streams.iter() {
                if may_retrieve(caller, stream, model, column, &row).await? {
                    return Ok(Some(Audience::Reader));
                }
            }
        }
        Ok(None)
    }

    /// Returns the columns of files below the path, whether they are public, and their folders.
    fn files(&self) -> impl Iterator<Item = (&'static ModelMeta, usize, bool, &'static str)> + '_ {
        self.models.iter().flat_map(|model| {
            let model: &'static ModelMeta = model;
            let files = model.files().filter(|(_, file)| file.url == self.path);
            files.map(move |(column, file)| (model, column, file.public, file.folder()))
        })
    }
}

/// Tells whether a client may `retrieve` a row through a consumer that shows the column.
async fn may_retrieve(
    caller: &Caller,
    stream: &Stream,
    model: &'static ModelMeta,
    column: usize,
    row: &Row,
) -> Result<bool> {
    let Some(bound) = stream.meta.model.as_ref().filter(|bound| std::ptr::eq(bound.serializer.model, model))
    else {
        return Ok(false);
    };
    let Some(retrieve) = action(stream, ActionKind::Retrieve) else { return Ok(false) };
    let key = row.get(bound.lookup);
    let mut json = Vec::new();
    encode::value(&mut json, &model.columns[bound.lookup].ty, key);
    let frame = frame(retrieve, Some((bound.lookup_argument, &String::from_utf8_lossy(&json))));
    let ctx = caller.context(stream, retrieve, &frame);
    let shows = serializer(&*stream.dispatch, &ctx)?
        .fields
        .iter()
        .any(|field| field.column() == Some(column) && field.access.is_shown());
    if !shows {
        return Ok(false);
    }
    let request = Frame::parse(&frame).map_err(|refusal| refusal.error)?;
    let allowed = async {
        caller.check(stream, retrieve, &ctx, &request).await?;
        row_of(&*stream.dispatch, &ctx, &request, key.clone()).await
    };
    match allowed.await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.status(), 401 | 403 | 404) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the name of the file at a path below another one. Names with a part that begins with a point are no files of columns.
fn name(below: &str, path: &str) -> Option<String> {
    let name = percent_decode_str(path.strip_prefix(below)?).decode_utf8().ok()?;
    let is_hidden = name.split('/').any(|part| part.is_empty() || part.starts_with('.'));
    (!is_hidden).then(|| name.into_owned())
}

/// Returns a file, or 304 if the client has it.
fn found(name: &str, audience: Audience, file: OpenedFile, request: &HeaderMap) -> Response {
    let tag = file.tag.as_deref().map(|tag| format!("\"{}\"", tag.trim_matches('"')));
    let known = request.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = tag.as_deref().is_some_and(|tag| known.is_some_and(|known| is_among(tag, known)));
    let is_part = file.range != (0..file.size);
    let (status, body) = match (is_known, is_part) {
        (true, _) => (StatusCode::NOT_MODIFIED, Body::empty()),
        (false, true) => (StatusCode::PARTIAL_CONTENT, Body::from_stream(file.content)),
        (false, false) => (StatusCode::OK, Body::from_stream(file.content)),
    };
    let mut answer = (status, body).into_response();
    let headers = answer.headers_mut();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    protect(&mut set, name, audience);
    if let Some(tag) = tag {
        set(header::ETAG, &tag);
    }
    set(header::ACCEPT_RANGES, "bytes");
    if !is_known {
        set(header::CONTENT_LENGTH, &(file.range.end - file.range.start).to_string());
    }
    if is_part && !is_known {
        let last = file.range.end.saturating_sub(1);
        set(header::CONTENT_RANGE, &format!("bytes {}-{last}/{}", file.range.start, file.size));
    }
    answer
}

/// Sets what browsers have to know, so that a file of a client is never a page of the server.
fn protect(set: &mut impl FnMut(header::HeaderName, &str), name: &str, audience: Audience) {
    let (media_type, is_shown) = media_type::of_name(name);
    set(header::CONTENT_TYPE, media_type);
    set(header::CONTENT_DISPOSITION, &media_type::disposition(name, is_shown));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if media_type != "application/pdf" {
        // The viewers of documents in browsers do not work in a sandbox.
        set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    }
    let (cache, other_sites) = match audience {
        Audience::Everyone => ("public, max-age=86400", "cross-origin"),
        // Rights may end, so that a browser has to ask again.
        Audience::Reader => ("private, no-cache", "same-site"),
    };
    set(header::CACHE_CONTROL, cache);
    set(header::HeaderName::from_static("cross-origin-resource-policy"), other_sites);
}

/// Tells whether a tag is in the list of an `If-None-Match`.
fn is_among(tag: &str, known: &str) -> bool {
    known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// Returns the answer for a part that the file does not have.
fn beyond(whole: &OpenedFile) -> Response {
    let range = format!("bytes */{}", whole.size);
    (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::{is_among, name};

    #[test]
    fn a_path_names_a_file_and_nothing_beside() {
        assert_eq!(name("/media/", "/media/a/b%20c.png").as_deref(), Some("a/b c.png"));
        for path in [
            "/media/",
            "/media/.uploads/x",
            "/media/a/../b",
            "/media/%2e%2e/b",
            "/media/a//b",
            "/media/a/",
            "/media/%ff",
            "/other/a",
        ] {
            assert_eq!(name("/media/", path), None, "{path}");
        }
    }

    #[test]
    fn a_tag_is_compared_with_a_list() {
        assert!(is_among("\"a\"", "\"b\", W/\"a\"") && is_among("\"a\"", "*"));
        assert!(!is_among("\"a\"", "\"ab\""));
    }
}
