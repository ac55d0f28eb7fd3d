//! Brands that talk in rooms: the token is a subprotocol, each action has permissions of its own, and what happens in a
//! room comes to everybody in it under the id of the request that has caused it.

use brand_chat::consumers::{AdminRoomGetRoomsOutput, GetRoomMessagesOutput, GetRoomsOutput};
use brand_chat::models::{
    BlackList, Brand, Message, MessageAttachment, MessageChanges, NewMessage, NewRoom, Room, RoomType, User,
};
use brand_chat::serializers::{MESSAGE_SERIALIZER, RoomListSerializer};
use brand_chat::types::{EditedText, Messages, NewText, PageInput, RoomKey, Said};
use brand_chat::{AdminRoomHandler, RoomHandler};
use dcrf_runtime::{Context, DateTime, Error, Model, Query, Request, Result, Service, ShownRow};
use serde::Serialize;
use serde_json::json;

use crate::users::tokens;

/// Rows of a page.
const PAGE: u64 = 3;

/// The streams whose connections join rooms.
const STREAMS: [&str; 2] = ["rooms", "admin_rooms"];

/// The application.
#[derive(Debug)]
struct App;

/// The room that a connection has joined.
#[derive(Clone, Copy)]
struct Joined(Option<i64>);

/// A page of rooms.
struct RoomPage {
    count: i64,
    results: Vec<ShownRow<RoomListSerializer>>,
    next: Option<i64>,
}

/// Returns the service.
pub fn service() -> Service {
    brand_chat::service(App).authenticator(tokens().places(|places| places.first_subprotocol()))
}

impl RoomHandler for App {
    async fn room_list_interlocutors(&self, ctx: &Context, row: &Room) -> Result<Vec<User>> {
        interlocutors(ctx, row).await
    }

    async fn room_list_last_message(&self, ctx: &Context, row: &Room) -> Result<Option<Message>> {
        messages(ctx, row.id).first().await
    }

    async fn interlocutor_brand(&self, ctx: &Context, row: &User) -> Result<Option<Brand>> {
        brand_of(ctx, row.id).await
    }

    async fn is_signed_in(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    async fn is_signed_in_connect(&self, ctx: &Context) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    async fn is_brand(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(brand_of(ctx, ctx.user().key::<User>()?).await?.is_some())
    }

    async fn has_active_sub(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        let brand = brand_of(ctx, ctx.user().key::<User>()?).await?;
        let paid_until = brand.and_then(|brand| brand.paid_until);
        Ok(paid_until.is_some_and(|end| end > DateTime::now()))
    }

    async fn can_join_room(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        // A frame without a room is refused for its input.
        let Some(room) = ctx.argument::<i64>("room_id")? else { return Ok(true) };
        Ok(Room::PARTICIPANTS.keys(ctx.db(), room).await?.contains(&ctx.user().key::<User>()?))
    }

    async fn user_in_room(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(joined(ctx).is_ok())
    }

    async fn not_in_blacklist(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        let Some(own) = brand_of(ctx, ctx.user().key::<User>()?).await? else { return Ok(false) };
        let others = Brand::USER.related(User::ROOMS.has(joined(ctx)?));
        let blocks = BlackList::INITIATOR.eq(own.id) & BlackList::BLOCKED.related(others.clone());
        let is_blocked = BlackList::BLOCKED.eq(own.id) & BlackList::INITIATOR.related(others);
        Ok(!BlackList::objects(ctx.db()).filter(blocks | is_blocked).exists().await?)
    }

    async fn get_rooms(&self, ctx: &Context, input: PageInput) -> Result<GetRoomsOutput> {
        let RoomPage { count, results, next } = page_of_rooms(ctx, input.page).await?;
        Ok(GetRoomsOutput { count, results, next })
    }

    async fn join_room(&self, ctx: &Context, input: RoomKey) -> Result<Room> {
        join(ctx, input.room_id).await
    }

    async fn leave_room(&self, ctx: &Context) -> Result<Said> {
        ctx.group(group(joined(ctx)?)).leave().await?;
        ctx.set_state(Joined(None));
        Ok(Said { response: "You have left the room.".to_owned() })
    }

    async fn get_room_messages(&self, ctx: &Context, input: PageInput) -> Result<GetRoomMessagesOutput> {
        let (rows, count, next) = page_of(messages(ctx, joined(ctx)?), input.page).await?;
        Ok(GetRoomMessagesOutput { count, results: ctx.show_rows(rows).await?, next })
    }

    async fn create_message(&self, ctx: &Context, input: NewText) -> Result<()> {
        create_message(ctx, input).await
    }

    async fn edit_message(&self, ctx: &Context, input: EditedText) -> Result<()> {
        let own = own_messages(ctx, vec![input.msg_id])?.get().await?;
        let changes = MessageChanges { text: Some(input.edited_text), ..Default::default() };
        let edited = Message::objects(ctx.db()).update(own.id, changes).await?;
        tell(ctx, edited.room, 200, &ctx.show(&MESSAGE_SERIALIZER, vec![edited]).await?.first()).await
    }

    async fn delete_messages(&self, ctx: &Context, input: Messages) -> Result<()> {
        let own = own_messages(ctx, input.messages_ids.clone())?;
        if own.clone().count().await? != input.messages_ids.len() as u64 {
            return Err(Error::field("messages_ids", "Only own messages can be deleted."));
        }
        own.delete().await?;
        tell(ctx, joined(ctx)?, 204, &json!({"messages_ids": input.messages_ids})).await
    }

    async fn get_support_room(&self, ctx: &Context) -> Result<Room> {
        let me = ctx.user().key::<User>()?;
        let own = Room::PARTICIPANTS.has(me) & Room::TYPE.eq(RoomType::Support);
        if let Some(room) = Room::objects(ctx.db()).filter(own).first().await? {
            return Ok(room);
        }
        let room = Room::objects(ctx.db()).create(NewRoom { r#type: Some(RoomType::Support) }).await?;
        Room::PARTICIPANTS.add(ctx.db(), room.id, me).await?;
        Ok(room)
    }
}

impl AdminRoomHandler for App {
    async fn room_list_interlocutors(&self, ctx: &Context, row: &Room) -> Result<Vec<User>> {
        interlocutors(ctx, row).await
    }

    async fn room_list_last_message(&self, ctx: &Context, row: &Room) -> Result<Option<Message>> {
        messages(ctx, row.id).first().await
    }

    async fn interlocutor_brand(&self, ctx: &Context, row: &User) -> Result<Option<Brand>> {
        brand_of(ctx, row.id).await
    }

    async fn is_admin_user(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        let Ok(me) = ctx.user().key::<User>() else { return Ok(false) };
        let staff = User::ID.eq(me) & User::IS_STAFF.eq(true);
        User::objects(ctx.db()).filter(staff).exists().await
    }

    async fn get_rooms(&self, ctx: &Context, input: PageInput) -> Result<AdminRoomGetRoomsOutput> {
        let RoomPage { count, results, next } = page_of_rooms(ctx, input.page).await?;
        Ok(AdminRoomGetRoomsOutput { count, results, next })
    }

    async fn join_room(&self, ctx: &Context, input: RoomKey) -> Result<Room> {
        let room = join(ctx, input.room_id).await?;
        if room.r#type != RoomType::Support {
            return Err(Error::PermissionDenied);
        }
        Room::PARTICIPANTS.add(ctx.db(), room.id, ctx.user().key::<User>()?).await?;
        Ok(room)
    }

    async fn create_message(&self, ctx: &Context, input: NewText) -> Result<()> {
        create_message(ctx, input).await
    }
}

/// Returns the name of the group of a room.
fn group(room: i64) -> String {
    format!("room_{room}")
}

fn joined(ctx: &Context) -> Result<i64> {
    ctx.state::<Joined>().and_then(|Joined(room)| room).ok_or(Error::PermissionDenied)
}

async fn join(ctx: &Context, room: i64) -> Result<Room> {
    let room = Room::objects(ctx.db()).get(room).await?;
    if let Ok(before) = joined(ctx) {
        ctx.group(group(before)).leave().await?;
    }
    ctx.group(group(room.id)).join().await?;
    ctx.set_state(Joined(Some(room.id)));
    Ok(room)
}

/// Sends an answer to the request of this action to everybody in a room, at whatever consumer they have joined it.
async fn tell<T: Serialize + Sync + ?Sized>(ctx: &Context, room: i64, status: u16, data: &T) -> Result<()> {
    for stream in STREAMS {
        ctx.group_of(stream, group(room)).send_reply(ctx.action(), ctx.request_id(), status, data).await?;
    }
    Ok(())
}

async fn create_message(ctx: &Context, input: NewText) -> Result<()> {
    let (room, user) = (joined(ctx)?, Some(ctx.user().key::<User>()?));
    let message = Message::objects(ctx.db()).create(NewMessage { room, user, text: input.text }).await?;
    let expected = input.attachments_ids.len() as u64;
    let free = MessageAttachment::ID.is_in(input.attachments_ids) & MessageAttachment::MESSAGE.is_null();
    let free = MessageAttachment::objects(ctx.db()).filter(free);
    if free.clone().count().await? != expected {
        return Err(Error::field("attachments_ids", "These are not files without a message."));
    }
    free.patch([MessageAttachment::MESSAGE.set(message.id)]).await?;
    tell(ctx, room, 201, &ctx.show(&MESSAGE_SERIALIZER, vec![message]).await?.first()).await
}

/// Returns the messages of a room, the newest first.
fn messages(ctx: &Context, room: i64) -> Query<'_, Message> {
    Message::objects(ctx.db()).filter(Message::ROOM.eq(room)).order_by([Message::ID.desc()])
}

/// Returns those of these messages that the user has written in the room of the connection.
fn own_messages(ctx: &Context, keys: Vec<i64>) -> Result<Query<'_, Message>> {
    let own = Message::ID.is_in(keys)
        & Message::USER.eq(ctx.user().key::<User>()?)
        & Message::ROOM.eq(joined(ctx)?);
    Ok(Message::objects(ctx.db()).filter(own))
}

async fn interlocutors(ctx: &Context, room: &Room) -> Result<Vec<User>> {
    let me = ctx.user().key::<User>()?;
    let people = Room::PARTICIPANTS.list(ctx.db(), room.id).await?;
    Ok(people.into_iter().filter(|user| user.id != me).collect())
}

async fn brand_of(ctx: &Context, user: i64) -> Result<Option<Brand>> {
    Brand::objects(ctx.db()).filter(Brand::USER.eq(user)).first().await
}

/// Returns a page of the rooms of the user, the one with the newest message first.
async fn page_of_rooms(ctx: &Context, page: i64) -> Result<RoomPage> {
    let newest = Message::ROOM.each(Message::ID.max());
    let rooms = Room::objects(ctx.db()).filter(Room::PARTICIPANTS.has(ctx.user().key::<User>()?));
    let (rooms, count, next) = page_of(rooms.order_by([newest.desc()]), page).await?;
    Ok(RoomPage { count, results: ctx.show_rows(rooms).await?, next })
}

/// Returns the rows of a page, the number of all rows, and the number of the next page; 404 beyond the last page.
async fn page_of<M: Model>(rows: Query<'_, M>, page: i64) -> Result<(Vec<M>, i64, Option<i64>)> {
    let count = rows.clone().count().await?;
    let skipped = u64::try_from(page - 1).ok().and_then(|pages| pages.checked_mul(PAGE));
    let skipped = skipped.filter(|skipped| *skipped == 0 || *skipped < count).ok_or(Error::NotFound)?;
    let next = (skipped + PAGE < count).then_some(page + 1);
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    Ok((rows.slice(skipped..skipped + PAGE).list().await?, count, next))
}
