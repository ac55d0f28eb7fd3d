//! The streams of things: `subscribe_many` hears of every row, or of those whose keys it names.

use conformance::consumers::{ThingChangedInput, ThingsWithIdThingChangedInput};
use conformance::models::Thing;
use conformance::{ThingsHandler, ThingsWithIdHandler};
use dcrf_runtime::{Context, Result};

use super::App;

macro_rules! things {
    ($($handler:ident $input:ident;)*) => {$(
        impl $handler for App {
            async fn thing_changed_groups(&self, row: Thing) -> Result<Vec<String>> {
                Ok(vec!["all".to_owned(), row.id.to_string()])
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
    ThingsHandler ThingChangedInput;
    ThingsWithIdHandler ThingsWithIdThingChangedInput;
}
