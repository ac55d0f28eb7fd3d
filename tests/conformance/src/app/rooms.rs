//! The streams of rooms: the chat tutorial.

use conformance::consumers::{
    AddMemberInput, CreateMessageInput, MessageActivityInput, ROOMS_MESSAGE_ACTIVITY_OBSERVER,
    ROOMS_SAFE_MESSAGE_ACTIVITY_OBSERVER, RemoveMemberInput, RoomsSafeCreateMessageInput,
    RoomsSafeMessageActivityInput,
};
use conformance::models::{Message, NewMessage, Room};
use conformance::serializers::USER_DETAIL_SERIALIZER;
use conformance::types::RoomKey;
use conformance::{RoomsHandler, RoomsM2mHandler, RoomsSafeHandler};
use dcrf_runtime::{Context, Error, Json, Model as _, Notice, Result, RowEvent};
use serde::Serialize;

use super::App;

macro_rules! rooms {
    ($($handler:ident $observer:ident $groups:ident $create:ident;)*) => {$(
        impl $handler for App {
            async fn last_message(&self, ctx: &Context, row: &Room) -> Result<Option<Message>> {
                last_message(ctx, row).await
            }

            async fn message_created_at_formatted(&self, _ctx: &Context, row: &Message) -> Result<String> {
                Ok(formatted(row))
            }

            async fn message_activity_groups(&self, row: Message) -> Result<Vec<String>> {
                Ok(vec![room_group(row.room)])
            }

            async fn message_activity_groups_for(&self, _ctx: &Context, input: $groups) -> Result<Vec<String>> {
                Ok(input.room.map(room_group).into_iter().collect())
            }

            async fn message_activity_message(&self, event: RowEvent<Message>) -> Result<Notice> {
                told(event)
            }

            async fn join_room(&self, ctx: &Context, input: RoomKey) -> Result<()> {
                ctx.set_state(Joined(input.pk));
                Room::CURRENT_USERS.add(ctx.db(), input.pk, own_key(ctx)?).await?;
                notify(ctx, input.pk).await
            }

            async fn leave_room(&self, ctx: &Context, input: RoomKey) -> Result<()> {
                Room::CURRENT_USERS.remove(ctx.db(), input.pk, own_key(ctx)?).await
            }

            async fn create_message(&self, ctx: &Context, input: $create) -> Result<()> {
                let Joined(room) = ctx.state().ok_or_else(|| Error::non_field("Join a room first."))?;
                let message = NewMessage { room, text: input.message, user: own_key(ctx)? };
                Message::objects(ctx.db()).create(message).await?;
                Ok(())
            }

            async fn subscribe_to_messages_in_room(&self, ctx: &Context, input: RoomKey) -> Result<()> {
                $observer.subscribe(ctx, [room_group(input.pk)]).await
            }

            async fn disconnected(&self, ctx: &Context) -> Result<()> {
                let Some(Joined(room)) = ctx.state() else { return Ok(()) };
                Room::CURRENT_USERS.remove(ctx.db(), room, own_key(ctx)?).await?;
                notify(ctx, room).await
            }
        }
    )*};
}

rooms! {
    RoomsHandler ROOMS_MESSAGE_ACTIVITY_OBSERVER MessageActivityInput CreateMessageInput;
    RoomsSafeHandler ROOMS_SAFE_MESSAGE_ACTIVITY_OBSERVER RoomsSafeMessageActivityInput RoomsSafeCreateMessageInput;
}

/// The room that a connection has joined last.
#[derive(Debug, Clone, Copy)]
struct Joined(i64);

/// What is told of a message.
#[derive(Serialize)]
struct Told {
    data: Json,
    action: &'static str,
    pk: i64,
}

/// Who is in a room.
#[derive(Serialize)]
struct Members {
    usuarios: Vec<Json>,
}

fn room_group(room: i64) -> String {
    format!("room__{room}")
}

fn own_key(ctx: &Context) -> Result<i64> {
    ctx.user().id().and_then(|id| id.parse().ok()).ok_or(Error::PermissionDenied)
}

fn told(event: RowEvent<Message>) -> Result<Notice> {
    let told = Told { action: event.action.as_str(), pk: event.row.id, data: event.data };
    Ok(Notice::Frame(Json::new(&told)?))
}

/// Sends the members of a room to every group that the connection is in.
async fn notify(ctx: &Context, room: i64) -> Result<()> {
    let mut members = Room::CURRENT_USERS.list(ctx.db(), room).await?;
    members.sort_by_key(|user| user.id);
    let members = Members { usuarios: ctx.show(&USER_DETAIL_SERIALIZER, members).await? };
    for group in ctx.groups()? {
        group.send_json(&members).await?;
    }
    Ok(())
}

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
