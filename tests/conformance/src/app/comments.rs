//! The streams of comments: in which groups a comment is, and which ones a subscription means.

use conformance::consumers::{COMMENTS_RAW_COMMENT_ACTIVITY_OBSERVER, CommentActivityInput, OfCommentInput};
use conformance::models::Comment;
use conformance::types::{Nap, Slept};
use conformance::{
    CommentsBrokenHandler, CommentsBusyHandler, CommentsFilteredHandler, CommentsGroupsHandler,
    CommentsMineHandler, CommentsRawHandler, MyHandler,
};
use dcrf_runtime::{Context, Error, Json, Notice, Result, RowEvent};
use serde::Serialize;

use super::App;
use super::custom::nap;

impl CommentsFilteredHandler for App {
    async fn comment_activity_groups(&self, row: Comment) -> Result<Vec<String>> {
        Ok(vec![row.user.to_string()])
    }

    /// Names are compared as texts: `1` and `"1"` are one group, `1.0` and `true` are others.
    async fn comment_activity_groups_for(
        &self,
        _ctx: &Context,
        input: CommentActivityInput,
    ) -> Result<Vec<String>> {
        let user = input.user_pk.flatten();
        Ok(user.filter(|user| !user.is_null()).map(|user| text(&user)).into_iter().collect())
    }
}

fn text(json: &Json) -> String {
    json.parse().unwrap_or_else(|_| json.as_str().to_owned())
}

impl CommentsMineHandler for App {
    async fn comment_activity_groups(&self, row: Comment) -> Result<Vec<String>> {
        Ok(vec![row.user.to_string()])
    }

    async fn comment_activity_groups_for(&self, ctx: &Context) -> Result<Vec<String>> {
        ctx.user().id().map(|id| vec![id.to_owned()]).ok_or(Error::PermissionDenied)
    }
}

impl CommentsBrokenHandler for App {
    async fn comment_activity_message(&self, _event: RowEvent<Comment>) -> Result<Notice> {
        Err(Error::internal("this cannot be told"))
    }
}

/// An event as `comment_pks` has it.
#[derive(Serialize)]
struct Told {
    message: Json,
    action: &'static str,
}

impl CommentsRawHandler for App {
    /// The row alone.
    async fn comment_activity_message(&self, event: RowEvent<Comment>) -> Result<Notice> {
        Ok(Notice::Frame(event.data))
    }

    /// The key and what has happened.
    async fn comment_pks_message(&self, event: RowEvent<Comment>) -> Result<Notice> {
        let told = Told { message: event.data, action: event.action.as_str() };
        Ok(Notice::Frame(Json::new(&told)?))
    }

    /// Under whatever id it began.
    async fn unsubscribe_to_comment_activity(&self, ctx: &Context) -> Result<()> {
        COMMENTS_RAW_COMMENT_ACTIVITY_OBSERVER.unsubscribe_from_all(ctx)
    }
}

impl MyHandler for App {
    /// As an answer to the subscription.
    async fn comment_activity_message(&self, event: RowEvent<Comment>) -> Result<Notice> {
        let action = "subscribe_to_comment_activity".to_owned();
        Ok(Notice::Event { action, status: event.status, data: event.data })
    }
}

impl CommentsGroupsHandler for App {
    async fn of_comment_groups(&self, row: Comment) -> Result<Vec<String>> {
        Ok(vec![row.id.to_string()])
    }

    async fn of_comment_groups_for(&self, _ctx: &Context, input: OfCommentInput) -> Result<Vec<String>> {
        Ok(vec![input.comment.to_string()])
    }
}

impl CommentsBusyHandler for App {
    async fn slow(&self, _ctx: &Context, input: Nap) -> Result<Slept> {
        nap(input).await
    }
}
