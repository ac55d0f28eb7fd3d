//! The streams of things: `subscribe_many` hears of every row, or of those whose keys it names.

use conformance::consumers::{
    THINGS_INSTANCE_OBSERVER, THINGS_WITH_ID_INSTANCE_OBSERVER, ThingChangedInput,
    ThingsWithIdThingChangedInput,
};
use conformance::models::Thing;
use conformance::{ThingsHandler, ThingsWithIdHandler};
use dcrf_runtime::{Context, Detail, Error, EventAction, Json, Notice, Reply, Result, RowEvent, mixins};
use serde::Serialize;

use super::App;

/// A deleted thing: in both streams it has `pk`.
#[derive(Serialize)]
struct Gone {
    pk: i64,
    name: String,
    counter: i64,
}

macro_rules! things {
    ($($handler:ident $input:ident $observer:ident;)*) => {$(
        impl $handler for App {
            async fn unsubscribe_instance(&self, ctx: &Context, key: i64) -> Result<Reply> {
                if ctx.request_id() == "null" || !$observer.is_subscribed(ctx)? {
                    let detail = Detail::text("Subscription not found");
                    return Err(Error::Api { status: 404, detail });
                }
                mixins::unsubscribe_instance(ctx, key).await
            }

            async fn thing_changed_groups(&self, row: Thing) -> Result<Vec<String>> {
                Ok(vec!["all".to_owned(), row.id.to_string()])
            }

            async fn thing_changed_message(&self, event: RowEvent<Thing>) -> Result<Notice> {
                if event.action != EventAction::Delete {
                    return Ok(event.into());
                }
                let Thing { id, name, counter, .. } = event.row.clone();
                let data = Json::new(&Gone { pk: id, name, counter })?;
                Ok(RowEvent { status: 204, data, ..event }.into())
            }

            async fn thing_changed_groups_for(&self, _ctx: &Context, input: $input) -> Result<Vec<String>> {
                Ok(match input.things.flatten() {
                    Some(keys) => keys.iter().map(i64::to_string).collect(),
                    None => vec!["all".to_owned()],
                })
            }
        }
    )*};
}

things! {
    ThingsHandler ThingChangedInput THINGS_INSTANCE_OBSERVER;
    ThingsWithIdHandler ThingsWithIdThingChangedInput THINGS_WITH_ID_INSTANCE_OBSERVER;
}
