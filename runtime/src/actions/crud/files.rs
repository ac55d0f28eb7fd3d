//! Stores the files of payloads before the rows that name them.
//!
//! The values of the payload then are the names of the files, which validators and the application get. A file is
//! deleted when the request ends, unless a row with its name was committed.

use bytes::Bytes;

use crate::app::context::Context;
use crate::files::{Upload, WaitingFile, with_extension};
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::ground::scalar::Uuid;
use crate::schema::meta::{FieldMeta, FileKind, FileMeta, ModelMeta, Rule, SerializerMeta, Source};
use crate::schema::value::Value;
use crate::wire::decode::{Fault, Nested, Payload, Refusal, check_file, no_upload};

/// A file of a payload, checked by the rules of its column.
struct GivenFile {
    content: Bytes,
    kind: Option<FileKind>,
    /// The name that the client has given to it, if it has given one.
    name: Option<String>,
    /// The upload from which it is copied.
    upload: Option<Upload>,
}

/// Stores the files in a payload and in those that are nested in it. An upload that does not exist is an error of its
/// field.
pub(super) fn stage<'a>(
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    payload: &'a mut Payload,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        for (index, field) in serializer.fields.iter().enumerate() {
            let Some((column, rules)) = column(field) else { continue };
            let Some(value) = payload.values.take_value(index) else { continue };
            let given = match value {
                Value::Bytes(content) => of_content(rules, content.into_vec()),
                Value::Text(text) => match Upload::of(&text) {
                    Some(upload) => of_upload(ctx, serializer.model, column, upload).await?,
                    // The default of the column names a file that exists already; `""` is no file.
                    None if is_token(&text) => Err(no_upload()),
                    None => {
                        payload.values.set(index, Value::Text(text));
                        continue;
                    }
                },
                value => {
                    payload.values.set(index, value);
                    continue;
                }
            };
            match given {
                Ok(given) => {
                    let name = store(ctx, serializer.model, column, rules, given).await?;
                    payload.values.set(index, Value::Text(name));
                }
                Err(fault) => payload.errors.push((index, Refusal::from(fault).detail(field.messages))),
            }
        }
        for (index, nested) in &mut payload.nested {
            let Source::Nested(meta) = serializer.fields[*index].source else { continue };
            match nested {
                Nested::One(payload) => stage(ctx, meta.serializer, payload).await?,
                Nested::Many(items) => {
                    for payload in items.iter_mut().flatten() {
                        stage(ctx, meta.serializer, payload).await?;
                    }
                }
            }
        }
        Ok(())
    })
}

/// Returns the column of a field that clients write files to, and the rules of the files.
fn column(field: &FieldMeta) -> Option<(usize, &'static FileMeta)> {
    field.column().zip(field.ty.file).filter(|_| field.access.is_taken())
}

/// Tells whether a text was meant to stand for an upload.
fn is_token(text: &str) -> bool {
    text.starts_with(crate::files::UPLOAD)
}

fn of_content(rules: &FileMeta, content: Vec<u8>) -> Result<GivenFile, Fault> {
    let kind = check_file(rules, &content)?;
    Ok(GivenFile { content: content.into(), kind, name: None, upload: None })
}

/// Returns an upload, if it was sent by the same user for the same column.
async fn of_upload(
    ctx: &Context,
    model: &'static ModelMeta,
    column: usize,
    upload: Upload,
) -> Result<std::result::Result<GivenFile, Fault>> {
    let Some(WaitingFile { about, content }) = ctx.db().files().store()?.waiting(&upload).await? else {
        return Ok(Err(no_upload()));
    };
    if about.column != column_name(model, column) || about.user.as_deref() != ctx.user().id() {
        return Ok(Err(no_upload()));
    }
    let Some(rules) = model.columns[column].ty.file else { return Ok(Err(no_upload())) };
    // The rules may have changed since it was sent.
    Ok(check_file(rules, &content).map(|kind| GivenFile {
        content,
        kind,
        name: Some(about.name),
        upload: Some(upload),
    }))
}

/// Returns the name of a column by which uploads are bound to it.
pub(crate) fn column_name(model: &ModelMeta, column: usize) -> String {
    format!("{}.{}", model.table, model.columns[column].column)
}

/// Stores a file for this request, and returns its name.
async fn store(
    ctx: &Context,
    model: &'static ModelMeta,
    column: usize,
    rules: &'static FileMeta,
    given: GivenFile,
) -> Result<String> {
    let name = given.name.unwrap_or_else(|| Uuid::random().to_string());
    let name = match given.kind {
        Some(kind) => with_extension(&name, kind),
        None => name,
    };
    let files = ctx.db().files();
    let staged =
        files.stage(rules.upload_to, &name, longest(model, column), given.content, given.upload).await?;
    let name = staged.name().to_owned();
    ctx.hold(staged);
    Ok(name)
}

/// Returns the greatest number of characters that a column has room for.
fn longest(model: &ModelMeta, column: usize) -> Option<usize> {
    model.columns[column].ty.rules.iter().find_map(|rule| match rule {
        Rule::MaxLength(most) => usize::try_from(*most).ok(),
        _ => None,
    })
}
