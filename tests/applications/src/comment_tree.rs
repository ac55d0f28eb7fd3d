//! Comments: whoever writes one solves a captcha, which is a part of the payload and is not stored.

use comment_tree::CommentHandler;
use comment_tree::models::{Comment, NewComment, User};
use comment_tree::serializers::CommentCreate;
use dcrf_runtime::{Context, Error, Model as _, Notice, Request, Result, RowEvent, Service};
use serde::Deserialize;

use crate::frames::changed;
use crate::users::tokens;

/// Stands for a captcha: the question is always the same.
const SOLUTION: &str = "seven";

/// The application.
#[derive(Debug)]
struct App;

/// The key of `data` that belongs to no column.
#[derive(Deserialize)]
struct Captcha {
    captcha: Option<String>,
}

/// Returns the service.
pub fn service() -> Service {
    comment_tree::service(App).authenticator(tokens())
}

impl CommentHandler for App {
    async fn validate_text(&self, _ctx: &Context, value: String) -> Result<String> {
        if value.contains('<') { Err(Error::invalid("A comment has no tags.")) } else { Ok(value) }
    }

    async fn is_author(&self, _ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(true)
    }

    async fn is_author_row(&self, ctx: &Context, row: &Comment) -> Result<bool> {
        Ok(ctx.user().key::<User>()? == row.author)
    }

    async fn create(&self, ctx: &Context, data: CommentCreate) -> Result<()> {
        let captcha = ctx.argument::<Captcha>("data")?.and_then(|data| data.captcha);
        match captcha.as_deref() {
            Some(SOLUTION) => {}
            Some(_) => return Err(Error::field("captcha", "This is not the solution.")),
            None => return Err(Error::field("captcha", "This field is required.")),
        }
        let new = NewComment {
            author: ctx.user().key::<User>()?,
            text: data.text,
            file: data.file.flatten(),
            parent_post_comment: data.parent_post_comment.flatten(),
        };
        Comment::objects(ctx.db()).create(new).await?;
        Ok(())
    }

    async fn comment_change_handler_message(&self, event: RowEvent<Comment>) -> Result<Notice> {
        changed(event)
    }
}
