//! The streams of rooms: what their serializers compute.

use conformance::consumers::{AddMemberInput, RemoveMemberInput};
use conformance::models::{Message, Room};
use conformance::{RoomsHandler, RoomsM2mHandler, RoomsSafeHandler};
use dcrf_runtime::{Context, Model as _, Result};

use super::App;

macro_rules! rooms {
    ($($handler:ident)*) => {$(
        impl $handler for App {
            async fn last_message(&self, ctx: &Context, row: &Room) -> Result<Option<Message>> {
                last_message(ctx, row).await
            }

            async fn message_created_at_formatted(&self, _ctx: &Context, row: &Message) -> Result<String> {
                Ok(formatted(row))
            }
        }
    )*};
}

rooms! { RoomsHandler RoomsSafeHandler }

async fn last_message(ctx: &Context, room: &Room) -> Result<Option<Message>> {
    let messages = Message::objects(ctx.db()).list().await?.into_iter();
    Ok(messages.filter(|message| message.room == room.id).max_by_key(|message| message.created_at))
}

/// Day, month, year and time.
fn formatted(message: &Message) -> String {
    let iso = message.created_at.to_string();
    format!("{}-{}-{} {}", &iso[8..10], &iso[5..7], &iso[..4], &iso[11..19])
}

impl RoomsM2mHandler for App {
    async fn add_member(&self, ctx: &Context, row: Room, input: AddMemberInput) -> Result<()> {
        Room::CURRENT_USERS.add(ctx.db(), row.id, input.user).await
    }

    async fn remove_member(&self, ctx: &Context, row: Room, input: RemoveMemberInput) -> Result<()> {
        Room::CURRENT_USERS.remove(ctx.db(), row.id, input.user).await
    }

    async fn clear_members(&self, ctx: &Context, row: Room) -> Result<()> {
        Room::CURRENT_USERS.set(ctx.db(), row.id, Vec::new()).await
    }
}
