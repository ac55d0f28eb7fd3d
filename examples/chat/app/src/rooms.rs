//! What happens in rooms.

use std::collections::BTreeSet;

use chat::RoomHandler;
use chat::consumers::{CreateMessageInput, UpdateUsersEvent};
use chat::models::{Message, NewMessage, Room};
use dcrf_runtime::{Context, Error, Event as _, Model as _, Result};

use crate::App;
use crate::presence::Place;

/// The rooms that a connection is in.
#[derive(Debug, Clone, Default)]
struct Joined(BTreeSet<i64>);

impl RoomHandler for App {
    /// A room belongs to whoever makes it.
    async fn validate_host(&self, ctx: &Context, _value: i64) -> Result<i64> {
        own_key(ctx)
    }

    async fn join_room(&self, ctx: &Context, row: Room) -> Result<Room> {
        let user = own_key(ctx)?;
        let mut joined = ctx.state::<Joined>().unwrap_or_default();
        ctx.group(group(row.id)).join().await?;
        if joined.0.insert(row.id) {
            ctx.set_state(joined);
            if self.presence.enter(Place { room: row.id, user }) {
                Room::CURRENT_USERS.add(ctx.db(), row.id, user).await?;
            }
        }
        tell(ctx, row.id).await?;
        Ok(row)
    }

    async fn leave_room(&self, ctx: &Context, row: Room) -> Result<()> {
        let mut joined = ctx.state::<Joined>().unwrap_or_default();
        if joined.0.remove(&row.id) {
            ctx.set_state(joined);
            ctx.group(group(row.id)).leave().await?;
            self.leave(ctx, row.id).await?;
        }
        Ok(())
    }

    async fn create_message(&self, ctx: &Context, row: Room, input: CreateMessageInput) -> Result<Message> {
        let message = NewMessage { room: row.id, user: own_key(ctx)?, text: input.message };
        Message::objects(ctx.db()).create(message).await
    }

    /// Whoever closes the window leaves.
    async fn disconnected(&self, ctx: &Context) -> Result<()> {
        for room in ctx.state::<Joined>().unwrap_or_default().0 {
            self.leave(ctx, room).await?;
        }
        Ok(())
    }
}

impl App {
    async fn leave(&self, ctx: &Context, room: i64) -> Result<()> {
        let user = own_key(ctx)?;
        if self.presence.leave(Place { room, user }) {
            Room::CURRENT_USERS.remove(ctx.db(), room, user).await?;
        }
        tell(ctx, room).await
    }
}

/// Tells everybody in a room who is there.
async fn tell(ctx: &Context, room: i64) -> Result<()> {
    let mut users = Room::CURRENT_USERS.list(ctx.db(), room).await?;
    users.sort_by(|a, b| a.username.cmp(&b.username));
    let users = ctx.show_rows(users).await?;
    UpdateUsersEvent { room, users }.send(ctx, group(room)).await;
    Ok(())
}

fn group(room: i64) -> String {
    format!("room-{room}")
}

fn own_key(ctx: &Context) -> Result<i64> {
    ctx.user().id().and_then(|id| id.parse().ok()).ok_or(Error::PermissionDenied)
}
