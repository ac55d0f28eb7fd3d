//! Faults on purpose, which the requests of CI have to find: `tests/twin/site/faults.py` has them.

use std::collections::BTreeMap;

use dcrf_oracle::seed::Dice;

use super::compare::difference;
use super::known::name_of;
use super::payloads::Request;
use super::run::{REQUESTS, request, with_twins};
use super::twins::Twins;

/// Worlds in which a fault has to be found.
const WORLDS: u64 = 4;

/// Returns the faults that are not found.
pub fn missed(python: &str, seed: u64) -> Vec<String> {
    let missed = with_twins(python, "sqlite", async |twins, _| {
        let faults = twins.django.ask(r#"{"do": "faults"}"#).await;
        let mut left: BTreeMap<String, String> =
            serde_json::from_value(faults).expect("names and serializers");
        assert!(left.len() > 10, "{left:?}");
        for number in 0..WORLDS {
            let world = Dice::derive(seed, number);
            twins.store(world).await;
            for (fault, serializer) in left.clone() {
                if finds(twins, world, &fault, &serializer).await {
                    left.remove(&fault);
                }
            }
        }
        left.into_keys().collect::<Vec<_>>()
    });
    missed.expect("there is always SQLite")
}

/// Whether a request to the serializer has another outcome with the fault, and with the fault alone.
async fn finds(twins: &mut Twins, world: u64, fault: &str, serializer: &str) -> bool {
    for case in 0..REQUESTS {
        let request = request(twins, (world, case), Some(serializer));
        if differs(twins, &request, Some(fault)).await && !differs(twins, &request, None).await {
            return true;
        }
    }
    false
}

async fn differs(twins: &mut Twins, request: &Request, fault: Option<&str>) -> bool {
    let outcomes = twins.perform(request, fault).await;
    let found = difference(&outcomes.django, &outcomes.service);
    found.is_some_and(|found| name_of(request, &found).is_none())
}
