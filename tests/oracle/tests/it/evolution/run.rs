//! Worlds that go through versions, each on every database.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use dcrf_oracle::compiled::Compiled;
use dcrf_oracle::databases::say;
use dcrf_oracle::descriptors::Descriptors;
use dcrf_oracle::seed::Dice;
use dcrf_oracle::settings::Settings;
use dcrf_oracle::values::Value;
use dcrf_runtime::Db;

use super::database::{Alter, Pair, create, fill, misses, model};
use super::edit::Edits;
use super::world::World;

/// A version of a world's life.
struct Version {
    world: World,
    compiled: Compiled,
    text: String,
    log: Vec<String>,
    /// Why it cannot be migrated to.
    stops: Option<String>,
}

/// How much, and what is done to migrations.
#[derive(Clone)]
pub struct Plan {
    pub settings: Settings,
    /// Versions of each world.
    pub versions: usize,
    pub alter: Alter,
    /// Failures after which it is enough.
    pub enough: usize,
}

/// Tries worlds until there are as many pairs of versions as wanted; gives how many there were, and what failed,
/// with the life that led to it.
pub fn run(plan: &Plan) -> (usize, Vec<String>) {
    let (next, pairs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (failures, begun) = (Mutex::new(Vec::new()), Instant::now());
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut databases = Pair::all(&plan.settings).await;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let late = plan.settings.time.is_some_and(|time| begun.elapsed() > time);
                let full = failures.lock().expect("no panic").len() >= plan.enough;
                let replay = plan.settings.replay;
                if late
                    || full
                    || pairs.load(Ordering::Relaxed) >= plan.settings.cases
                    || (replay.is_some() && number > 0)
                {
                    break;
                }
                let seed = replay
                    .map_or_else(|| Dice::derive(plan.settings.seed, number as u64), |replay| replay.world);
                let life = life(seed, plan.versions);
                pairs.fetch_add(life.len() - 1, Ordering::Relaxed);
                for database in &mut databases {
                    if let Err(what) = live(database, &life, plan.alter, seed).await {
                        let place = database.place();
                        let text = format!("{place}, DCRF_ORACLE_REPLAY={seed:x}:\n{what}");
                        failures.lock().expect("no panic").push(text);
                        break;
                    }
                }
            }
            for database in databases {
                database.remove().await;
            }
        });
    };
    let workers = if plan.settings.replay.is_some() { 1 } else { plan.settings.workers };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let (pairs, failures) = (pairs.into_inner(), failures.into_inner().expect("no panic"));
    say(&format!("{pairs} pairs of versions in {:?}: {} failures", begun.elapsed(), failures.len()));
    (pairs, failures)
}

/// The versions of a world. One that cannot be migrated to is followed by another of the same.
fn life(seed: u64, versions: usize) -> Vec<Version> {
    let mut dice = Dice::new(seed);
    let world = World::random(&mut dice);
    let text = world.to_text();
    let compiled = Compiled::of_text(&text);
    let mut life = vec![Version { world, compiled, text, log: Vec::new(), stops: None }];
    for number in 1..=versions {
        let last = life.iter().rev().find(|version| version.stops.is_none()).expect("the first");
        let Edits { world, allowed, stops, log, .. } = Edits::some(&last.world, number, &mut dice);
        let text = world.to_text();
        let compiled = Compiled::after(&text, &last.compiled.files, &allowed)
            .unwrap_or_else(|found| panic!("DCRF_ORACLE_REPLAY={seed:x}: after {log:#?}\n{text}\n{found}"));
        life.push(Version { world, compiled, text, log, stops });
    }
    life
}

/// Leads a database through it.
async fn live(pair: &mut Pair, life: &[Version], alter: Alter, seed: u64) -> Result<(), String> {
    let first = &life[0];
    let db = pair.begin(&first.compiled).await;
    fill(&db, &Descriptors::of(&first.compiled), &first.compiled, &first.world).await;
    db.close().await;
    let mut last = first;
    let mut told = String::new();
    // What is made on the way, the same on each database: of each model the number of the next row.
    let mut dice = Dice::new(seed ^ 0x5eed);
    let mut given: HashMap<usize, i64> = HashMap::new();
    for version in &life[1..] {
        let _ = writeln!(told, "{}", version.log.join("\n"));
        let failed = |what: String| {
            format!("{told}{what}\n{}\n{}", version.text, sql(&last.compiled, &version.compiled))
        };
        let db = match (pair.go_on(&version.compiled, alter).await, &version.stops) {
            (Ok(db), None) => db,
            (Ok(db), Some(stops)) => {
                db.close().await;
                return Err(failed(format!("it was migrated, though: {stops}")));
            }
            (Err(error), None) => return Err(failed(error.to_string())),
            (Err(_), Some(_)) => {
                let db = pair
                    .go_on(&last.compiled, str::to_owned)
                    .await
                    .map_err(|error| failed(error.to_string()))?;
                let found = misses(&db, &Descriptors::of(&last.compiled), &last.compiled, &last.world).await;
                db.close().await;
                if !found.is_empty() {
                    return Err(failed(format!("what was stopped left: {}", found.join("\n"))));
                }
                continue;
            }
        };
        let found = check(pair, &db, version, &mut dice, &mut given).await;
        db.close().await;
        if !found.is_empty() {
            return Err(failed(found.join("\n")));
        }
        last = version;
    }
    Ok(())
}

/// What is wrong with a database that has come to a version.
async fn check(
    pair: &mut Pair,
    db: &Db,
    version: &Version,
    dice: &mut Dice,
    given: &mut HashMap<usize, i64>,
) -> Vec<String> {
    let Version { world, compiled, text, .. } = version;
    let descriptors = Descriptors::of(compiled);
    let mut found = misses(db, &descriptors, compiled, world).await;
    found.extend(pair.differences(db, &Compiled::of_text(text)).await);
    let again = Compiled::after(text, &compiled.files, &[]);
    match again {
        Ok(again) if again.files == compiled.files => {}
        Ok(_) => found.push("generated again, it is something else".to_owned()),
        Err(refused) => found.push(format!("generated again, it is refused: {refused}")),
    }
    if !found.is_empty() {
        return found;
    }
    // The next number is not one that was given; the row goes again, and its number stays given.
    for (index, own) in world.definition.models.iter().enumerate() {
        let id = world.ids[index];
        if !own.is_numbered() {
            given.remove(&id);
            continue;
        }
        let Some(mut row) = world.rows.another(&world.definition, index, dice) else { continue };
        if row.contains(&Value::Text(String::new())) || dice.chance(30) {
            continue;
        }
        row[0] = Value::Null;
        let expected = world.next[index].max(given.get(&id).copied().unwrap_or(0));
        let meta = model(&descriptors, world, index);
        match create(db, meta, &row).await {
            Ok(Value::Integer(key)) => {
                if key != expected {
                    found.push(format!("the next row of {} is {key}, and not {expected}", own.name));
                }
                given.insert(id, key + 1);
                if let Err(error) = dcrf_runtime::store::delete(db, meta, key.into()).await {
                    found.push(error.to_string());
                }
            }
            Ok(key) => found.push(format!("the next row of {} is {key:?}", own.name)),
            Err(error) => found.push(format!("{} takes no row: {error}", own.name)),
        }
    }
    found
}

/// The statements of the migrations that are new.
fn sql(last: &Compiled, now: &Compiled) -> String {
    let new = now.files.iter().filter(|(path, _)| path.ends_with(".sql") && !last.files.contains_key(*path));
    new.map(|(_, text)| text.clone()).collect::<Vec<_>>().join("\n")
}
