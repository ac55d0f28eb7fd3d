//! The site `chat`: `peer/chat_site.py` is what it has to answer like.

use chat_site::consumers::{
    HowOutput, JoinRoomInput, LeaveRoomOutput, RenameInput, SayInput, ShoutInput, WhisperInput,
};
use chat_site::models::{Message, NewMessage, Person, PersonChanges, Room, RoomKind};
use chat_site::serializers::RoomCreate;
use chat_site::{ChatHandler, MessageHandler, RoomHandler};
use dcrf_replay::{Application, Tables};
use dcrf_runtime::condition::Filter;
use dcrf_runtime::{Context, Detail, Error, Model as _, Notice, Request, Result, RowEvent, Service, mixins};
use serde_json::{Value, json};

use crate::authenticator::Named;

/// The application of the site, with its tables.
pub const CHAT: Application = Application {
    service,
    tables: &Tables {
        models: &[Person::META, Room::META, Message::META],
        links: &[("rooms_members", [("room", "room_id"), ("person", "person_id")])],
    },
    is_multiplexed: |path| path == "/ws/",
    waits_for: &["chat"],
};

struct App;

fn service() -> Service {
    chat_site::service(App).authenticator(Named {
        name: |parts| {
            let offered = parts.headers.get("sec-websocket-protocol")?.to_str().ok()?;
            offered.split(',').next().map(|token| token.trim().to_owned())
        },
        sql: r#"SELECT CAST("id" AS TEXT) FROM "people" WHERE "token" = $1"#,
        is_subprotocol: true,
    })
}

/// The key of whoever is asking: nobody else may connect.
fn me(ctx: &Context) -> Result<i64> {
    ctx.user().id().and_then(|id| id.parse().ok()).ok_or(Error::PermissionDenied)
}

async fn person(ctx: &Context) -> Result<Person> {
    Person::objects(ctx.db()).get(me(ctx)?).await
}

impl RoomHandler for App {
    async fn has_token(&self, ctx: &Context, _: &Request<'_>) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    async fn has_token_connect(&self, ctx: &Context) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    async fn is_staff(&self, ctx: &Context, _: &Request<'_>) -> Result<bool> {
        Ok(person(ctx).await?.is_staff)
    }

    async fn queryset(&self, ctx: &Context) -> Result<Filter<Room>> {
        let mut rooms = Room::ID.is_in(Person::ROOMS.keys(ctx.db(), me(ctx)?).await?);
        if let Some(kind) = ctx.argument::<String>("kind")? {
            // Any other text is the kind of no room.
            rooms = match kind.as_str() {
                "brand" => rooms & Room::KIND.eq(RoomKind::Brand),
                "support" => rooms & Room::KIND.eq(RoomKind::Support),
                _ => Filter::none(),
            };
        }
        if let Some(part) = ctx.argument::<String>("named")? {
            rooms = rooms & Room::NAME.contains(part);
        }
        Ok(rooms)
    }

    async fn room_list_last_message(&self, ctx: &Context, row: &Room) -> Result<Option<String>> {
        let messages = Message::objects(ctx.db()).filter(Message::ROOM.eq(row.id)).list().await?;
        Ok(messages.into_iter().next_back().map(|message| message.text))
    }

    async fn create(&self, ctx: &Context, data: RoomCreate) -> Result<Room> {
        let room: Room = mixins::create(ctx, data).await?;
        Room::MEMBERS.add(ctx.db(), room.id, me(ctx)?).await?;
        Ok(room)
    }
}

impl MessageHandler for App {
    async fn has_token(&self, ctx: &Context, _: &Request<'_>) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    async fn has_token_connect(&self, ctx: &Context) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    /// The frame has a key `room`, and its room has this user.
    async fn is_in_room(&self, ctx: &Context, _: &Request<'_>) -> Result<bool> {
        let Ok(Some(room)) = ctx.argument::<i64>("room") else { return Ok(false) };
        Ok(Person::ROOMS.keys(ctx.db(), me(ctx)?).await?.contains(&room))
    }

    async fn queryset(&self, ctx: &Context) -> Result<Filter<Message>> {
        let room: i64 =
            ctx.argument("room")?.ok_or_else(|| Error::field("room", "This field is required."))?;
        let messages = Message::ROOM.eq(room);
        Ok(match ctx.argument::<i64>("by")? {
            Some(author) => messages & Message::AUTHOR.eq(author),
            None => messages,
        })
    }

    async fn message_activity_message(&self, event: RowEvent<Message>) -> Result<Notice> {
        let action = format!("message_{}", event.action.as_str());
        Ok(Notice::Event { action, status: 200, data: event.data })
    }
}

/// The room that a connection has joined.
#[derive(Debug, Clone, Copy)]
struct Joined(Option<i64>);

fn joined(ctx: &Context) -> Option<i64> {
    ctx.state::<Joined>().and_then(|Joined(room)| room)
}

fn group(room: i64) -> String {
    format!("room_{room}")
}

/// Replies to everybody in a room.
async fn tell(ctx: &Context, room: i64, action: &str, request_id: &str, more: Value) -> Result<()> {
    let mut data = json!({"room": room, "person": person(ctx).await?.name});
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    ctx.group(group(room)).send_reply(action, request_id, 200, &data).await
}

impl ChatHandler for App {
    async fn has_token(&self, ctx: &Context, _: &Request<'_>) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    async fn has_token_connect(&self, ctx: &Context) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    async fn has_joined(&self, ctx: &Context, _: &Request<'_>) -> Result<bool> {
        Ok(joined(ctx).is_some())
    }

    async fn connected(&self, ctx: &Context) -> Result<()> {
        ctx.group(format!("person_{}", me(ctx)?)).join().await
    }

    async fn disconnected(&self, ctx: &Context) -> Result<()> {
        let Some(room) = joined(ctx) else { return Ok(()) };
        tell(ctx, room, "left", "null", Value::Null).await
    }

    async fn join_room(&self, ctx: &Context, input: JoinRoomInput) -> Result<Room> {
        let found = Room::objects(ctx.db()).filter(Room::ID.eq(input.room)).first().await?;
        let refused = |status, text: &str| Error::Api { status, detail: Detail::text(text) };
        let room = found.ok_or_else(|| refused(404, "There is no such room."))?;
        if !Room::MEMBERS.keys(ctx.db(), room.id).await?.contains(&me(ctx)?) {
            return Err(refused(403, "You are not a member of this room."));
        }
        ctx.set_state(Joined(Some(room.id)));
        ctx.group(group(room.id)).join().await?;
        tell(ctx, room.id, "joined", "null", Value::Null).await?;
        Ok(room)
    }

    async fn leave_room(&self, ctx: &Context) -> Result<LeaveRoomOutput> {
        if let Some(room) = joined(ctx) {
            ctx.group(group(room)).leave().await?;
            tell(ctx, room, "left", "null", Value::Null).await?;
        }
        ctx.set_state(Joined(None));
        Ok(LeaveRoomOutput { response: "You have left the room.".to_owned() })
    }

    async fn say(&self, ctx: &Context, input: SayInput) -> Result<()> {
        if input.text.is_empty() {
            return Err(Error::field("text", "Say something."));
        }
        let room = joined(ctx).ok_or(Error::PermissionDenied)?;
        let message = NewMessage { room, author: me(ctx)?, text: input.text };
        let message = Message::objects(ctx.db()).create(message).await?;
        let more = json!({"message": message.id, "text": message.text});
        tell(ctx, room, "said", ctx.request_id(), more).await
    }

    async fn whisper(&self, ctx: &Context, input: WhisperInput) -> Result<()> {
        let data = json!({"person": person(ctx).await?.name, "text": input.text});
        let group = ctx.group(format!("person_{}", input.person));
        group.send_reply("whispered", ctx.request_id(), 200, &data).await
    }

    async fn rename(&self, ctx: &Context, input: RenameInput) -> Result<()> {
        let changes = PersonChanges { name: Some(input.name.clone()), ..PersonChanges::default() };
        Person::objects(ctx.db()).update(me(ctx)?, changes).await?;
        ctx.reply_as("renamed", 202, &json!({"name": input.name}))
    }

    async fn shout(&self, _: &Context, input: ShoutInput) -> Result<String> {
        Ok(input.text.to_uppercase())
    }

    async fn how(&self, ctx: &Context) -> Result<HowOutput> {
        let handshake = ctx.handshake();
        let offered = handshake.header("sec-websocket-protocol").map_or(0, |names| names.split(',').count());
        Ok(HowOutput { subprotocols: i64::try_from(offered).unwrap_or(0), path: handshake.path().to_owned() })
    }
}
