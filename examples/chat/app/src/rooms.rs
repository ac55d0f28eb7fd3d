//! What happens in rooms.

use chat::RoomHandler;
use chat::consumers::{CreateMessageInput, VisitorsSignal};
use chat::models::{Message, NewMessage, Room, User};
use dcrf_runtime::{Context, Error, Model as _, Presence as _, Result};

use crate::App;

impl RoomHandler for App {
    /// A room belongs to whoever makes it.
    async fn validate_host(&self, ctx: &Context, _value: i64) -> Result<i64> {
        own_key(ctx)
    }

    async fn join_room(&self, ctx: &Context, row: Room) -> Result<Room> {
        let user = User::objects(ctx.db()).get(own_key(ctx)?).await?;
        VisitorsSignal { room: row.id, username: user.username }.join(ctx).await?;
        Ok(row)
    }

    async fn leave_room(&self, ctx: &Context, row: Room) -> Result<()> {
        VisitorsSignal { room: row.id, username: String::new() }.leave(ctx).await
    }

    async fn create_message(&self, ctx: &Context, row: Room, input: CreateMessageInput) -> Result<Message> {
        let message = NewMessage { room: row.id, user: own_key(ctx)?, text: input.message };
        Message::objects(ctx.db()).create(message).await
    }
}

fn own_key(ctx: &Context) -> Result<i64> {
    ctx.user().id().and_then(|id| id.parse().ok()).ok_or(Error::PermissionDenied)
}
