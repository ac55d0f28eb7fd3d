//! Grounds and tournaments: a connection first gets all rows, and then each change.

use dcrf_runtime::meta::SerializerMeta;
use dcrf_runtime::{Context, Error, Model, Notice, Result, RowEvent, Service};
use outings::consumers::NearbyInput;
use outings::models::{Ground, Payment, Tournament};
use outings::serializers::{GROUND_SERIALIZER, PAYMENT_SERIALIZER, TOURNAMENT_SERIALIZER};
use outings::{GroundHandler, PaymentHandler, TournamentHandler};
use serde_json::json;

use crate::frames::changed;
use crate::users::tokens;

/// Kilometres of the radius of the earth.
const EARTH: f64 = 6371.0;

/// The application.
#[derive(Debug)]
struct App;

/// Returns the service.
pub fn service() -> Service {
    outings::service(App).authenticator(tokens())
}

impl GroundHandler for App {
    async fn connected(&self, ctx: &Context) -> Result<()> {
        refuse_anonymous(ctx)?;
        send_all::<Ground>(ctx, &GROUND_SERIALIZER).await
    }

    async fn nearby(&self, ctx: &Context, input: NearbyInput) -> Result<Vec<Ground>> {
        let grounds = Ground::objects(ctx.db()).list().await?.into_iter();
        let mut near: Vec<(f64, Ground)> = grounds
            .filter_map(|ground| Some((distance(&ground, input.longitude, input.latitude)?, ground)))
            .filter(|(kilometres, _)| *kilometres <= input.kilometres)
            .collect();
        near.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Ok(near.into_iter().map(|(_, ground)| ground).collect())
    }

    async fn model_changed_message(&self, event: RowEvent<Ground>) -> Result<Notice> {
        changed(event)
    }
}

impl TournamentHandler for App {
    async fn connected(&self, ctx: &Context) -> Result<()> {
        refuse_anonymous(ctx)?;
        send_all::<Tournament>(ctx, &TOURNAMENT_SERIALIZER).await
    }

    async fn model_changed_message(&self, event: RowEvent<Tournament>) -> Result<Notice> {
        changed(event)
    }
}

impl PaymentHandler for App {
    async fn connected(&self, ctx: &Context) -> Result<()> {
        send_all::<Payment>(ctx, &PAYMENT_SERIALIZER).await
    }

    async fn model_changed_message(&self, event: RowEvent<Payment>) -> Result<Notice> {
        changed(event)
    }
}

/// Closes the socket of an anonymous client; `IsAuthenticated` alone would leave it open.
fn refuse_anonymous(ctx: &Context) -> Result<()> {
    if ctx.user().is_authenticated() { Ok(()) } else { Err(Error::PermissionDenied) }
}

/// Sends all rows in the first frame.
async fn send_all<M: Model>(ctx: &Context, serializer: &'static SerializerMeta) -> Result<()> {
    let rows = M::objects(ctx.db()).list().await?;
    ctx.send_json(&json!({"action": "list", "data": ctx.show(serializer, rows).await?}))
}

/// Returns the kilometres between a ground and a point, if the place of the ground is known.
fn distance(ground: &Ground, longitude: f64, latitude: f64) -> Option<f64> {
    let &[east, north] = ground.location.as_ref()?.coordinates.as_slice() else { return None };
    let (from, to) = (latitude.to_radians(), north.to_radians());
    let across = ((east - longitude).to_radians() / 2.0).sin().powi(2);
    let along = ((to - from) / 2.0).sin().powi(2);
    Some(2.0 * EARTH * (along + from.cos() * to.cos() * across).sqrt().asin())
}
