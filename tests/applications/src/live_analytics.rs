//! The figures of an event: the path says which event, the query which figures, and a job outside of the server
//! computes them.

use dcrf_runtime::{Context, Db, Model as _, PathParameters as _, Request, Result, Service};
use live_analytics::LiveAnalyticsHandler;
use live_analytics::consumers::LiveAnalyticsPath;
use live_analytics::models::{Event, User, UserRole};
use live_analytics::types::Subscribed;
use serde_json::{Value, json};

use crate::users::tokens;

/// The figures that the job computes.
const METRICS: [&str; 4] = ["logins_by_state", "no_show", "chats", "participation_rate"];

/// The close codes that the front end knows.
const UNAUTHENTICATED: u16 = 4001;
const FORBIDDEN: u16 = 4003;
const NOT_FOUND: u16 = 4004;

/// The application.
#[derive(Debug)]
struct App;

/// The figures that a connection has asked for.
#[derive(Clone, Default)]
struct Chosen(Vec<String>);

/// Returns the service.
pub fn service() -> Service {
    live_analytics::service(App).authenticator(tokens())
}

/// Sends figures of an event to everybody who has asked for them, as the job does.
///
/// # Errors
/// There are none for JSON.
pub async fn publish(db: &Db, event: i64, metric: &str, data: &Value) -> Result<()> {
    let frame = json!({"type": "update", "metric": metric, "data": data});
    db.group("live_analytics", group(event, metric)).send_json(&frame).await
}

/// Returns the name of the group of those who get a figure of an event.
fn group(event: i64, metric: &str) -> String {
    format!("event_{event}_{metric}")
}

impl LiveAnalyticsHandler for App {
    async fn is_moderator_or_above(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        is_moderator(ctx).await
    }

    async fn connected(&self, ctx: &Context) -> Result<()> {
        if !ctx.user().is_authenticated() {
            return ctx.close(UNAUTHENTICATED);
        }
        if !is_moderator(ctx).await? {
            return ctx.close(FORBIDDEN);
        }
        let event = LiveAnalyticsPath::of(ctx)?.event;
        if !Event::objects(ctx.db()).filter(Event::ID.eq(event)).exists().await? {
            return ctx.close(NOT_FOUND);
        }
        let wanted = ctx.handshake().query_parameter("metrics").unwrap_or_default();
        for metric in METRICS.into_iter().filter(|metric| wanted.split(',').any(|name| name == *metric)) {
            subscribe(ctx, metric).await?;
        }
        Ok(())
    }

    async fn logins_by_state(&self, ctx: &Context) -> Result<Subscribed> {
        subscribe(ctx, "logins_by_state").await
    }

    async fn no_show(&self, ctx: &Context) -> Result<Subscribed> {
        subscribe(ctx, "no_show").await
    }

    async fn chats(&self, ctx: &Context) -> Result<Subscribed> {
        subscribe(ctx, "chats").await
    }

    async fn participation_rate(&self, ctx: &Context) -> Result<Subscribed> {
        subscribe(ctx, "participation_rate").await
    }
}

/// Adds the connection to the group of a figure, and returns all figures that it gets.
async fn subscribe(ctx: &Context, metric: &str) -> Result<Subscribed> {
    ctx.group(group(LiveAnalyticsPath::of(ctx)?.event, metric)).join().await?;
    let Chosen(mut subscribed) = ctx.state().unwrap_or_default();
    if !subscribed.iter().any(|name| name == metric) {
        subscribed.push(metric.to_owned());
    }
    ctx.set_state(Chosen(subscribed.clone()));
    Ok(Subscribed { subscribed })
}

async fn is_moderator(ctx: &Context) -> Result<bool> {
    let Ok(key) = ctx.user().key::<User>() else { return Ok(false) };
    let user = User::objects(ctx.db()).filter(User::ID.eq(key)).first().await?;
    Ok(user.is_some_and(|user| user.role != UserRole::Attendee))
}
