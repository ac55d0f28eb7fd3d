//! Cars for sale: a room for talk is in the path, and a private message reaches a user in every room.

use car_market::consumers::{ChatPath, SendMessageInput, SendPrivateMessageInput};
use car_market::models::{Listing, Profile, User, UserStatus};
use car_market::{ChatHandler, ListingHandler, UserHandler};
use dcrf_runtime::{
    Context, Error, Model as _, Notice, PathParameters as _, Request, Result, RowEvent, Service,
};
use serde_json::json;

use crate::frames::changed;
use crate::users::tokens;

/// The application.
#[derive(Debug)]
struct App;

/// Who a connection is in its room.
#[derive(Clone)]
struct Joined {
    user: i64,
    name: String,
    room: String,
}

/// Returns the service.
pub fn service() -> Service {
    car_market::service(App).authenticator(tokens())
}

impl Joined {
    fn of(ctx: &Context) -> Result<Self> {
        ctx.state().ok_or_else(|| Error::internal("a connection is in no room"))
    }
}

impl ChatHandler for App {
    async fn is_active(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        is_active(ctx).await
    }

    async fn is_active_connect(&self, ctx: &Context) -> Result<bool> {
        is_active(ctx).await
    }

    async fn connected(&self, ctx: &Context) -> Result<()> {
        let (user, room) = (ctx.user().key::<User>()?, ChatPath::of(ctx)?.room);
        let name = match profile(ctx, user).await? {
            Some(profile) => format!("{} {}", profile.name, profile.surname),
            None => "Somebody".to_owned(),
        };
        ctx.group(of_room(&room)).send_json(&json!({"type": "user_joined", "user": name})).await?;
        ctx.group(of_room(&room)).join().await?;
        ctx.group(of_user(user)).join().await?;
        ctx.set_state(Joined { user, name, room });
        Ok(())
    }

    async fn disconnected(&self, ctx: &Context) -> Result<()> {
        // A connection that was refused has joined no room.
        let Some(Joined { name, room, .. }) = ctx.state() else { return Ok(()) };
        ctx.group(of_room(&room)).send_json(&json!({"type": "user_left", "user": name})).await
    }

    async fn send_message(&self, ctx: &Context, input: SendMessageInput) -> Result<()> {
        let Joined { name, room, .. } = Joined::of(ctx)?;
        let message = json!({"type": "message", "user": name, "text": input.data.text});
        ctx.group(of_room(&room)).send_json(&message).await
    }

    async fn send_private_message(&self, ctx: &Context, input: SendPrivateMessageInput) -> Result<()> {
        let Joined { user, name, .. } = Joined::of(ctx)?;
        let to = input.data.user_id;
        if !User::objects(ctx.db()).filter(User::ID.eq(to)).exists().await? {
            return Err(Error::field("userId", "There is no such user."));
        }
        let message = json!({"type": "private_message", "user": name, "text": input.data.text});
        ctx.group(of_user(to)).send_json(&message).await?;
        if to != user {
            ctx.send_json(&message)?;
        }
        Ok(())
    }
}

impl ListingHandler for App {
    async fn validate_price(&self, _ctx: &Context, value: Option<f64>) -> Result<Option<f64>> {
        match value {
            Some(price) if price <= 0.0 => Err(Error::invalid("A price is more than nothing.")),
            price => Ok(price),
        }
    }

    async fn is_seller(&self, _ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(true)
    }

    async fn is_seller_row(&self, ctx: &Context, row: &Listing) -> Result<bool> {
        Ok(ctx.user().key::<User>()? == row.seller)
    }

    async fn listing_activity_message(&self, event: RowEvent<Listing>) -> Result<Notice> {
        changed(event)
    }
}

impl UserHandler for App {
    async fn profile(&self, ctx: &Context, row: &User) -> Result<Option<Profile>> {
        profile(ctx, row.id).await
    }
}

fn of_room(room: &str) -> String {
    format!("room_{room}")
}

fn of_user(user: i64) -> String {
    format!("user_{user}")
}

async fn is_active(ctx: &Context) -> Result<bool> {
    let Ok(key) = ctx.user().key::<User>() else { return Ok(false) };
    let user = User::objects(ctx.db()).filter(User::ID.eq(key)).first().await?;
    Ok(user.is_some_and(|user| user.status == UserStatus::Active))
}

async fn profile(ctx: &Context, user: i64) -> Result<Option<Profile>> {
    Profile::objects(ctx.db()).filter(Profile::USER.eq(user)).first().await
}
