//! One worker: its databases and its client, and what they say of a world.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dcrf_oracle::compiled::Compiled;
use dcrf_oracle::databases::{Database, Place};
use dcrf_oracle::descriptors::{Alter, Descriptors};
use dcrf_oracle::panics::words;
use dcrf_oracle::rows::{Row, shown};
use dcrf_oracle::seed::Dice;
use dcrf_oracle::settings::Settings;
use dcrf_oracle::side::Side;
use dcrf_oracle::typescript::Client;
use dcrf_oracle::values::Value;
use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::case::{World, spelled};
use super::compare::compare;
use super::drift::Drift;
use super::drive::{Answers, Driver};
use super::failure::{Check, Failure};
use super::judge::Judge;

/// What one worker has.
pub struct Worker {
    settings: Settings,
    databases: Vec<Database>,
    client: Option<Client>,
    /// Orders of which the client says that only the server knows.
    pub unknown: usize,
}

/// Where a world is tried.
#[derive(Debug, Clone, Copy)]
pub enum Where {
    Everywhere,
    At(Place),
    Client,
}

impl Where {
    fn is(self, place: Place) -> bool {
        match self {
            Self::Everywhere => true,
            Self::At(own) => own == place,
            Self::Client => false,
        }
    }
}

/// The answers to a world, by place.
pub type AllAnswers = Vec<(Place, Answers)>;

impl Worker {
    /// Has a worker do something, on a thread that is its own.
    pub fn work<T>(settings: &Settings, work: impl AsyncFnOnce(&mut Self) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let databases = Database::all(settings.databases.as_deref()).await;
            let settings = settings.clone();
            let mut worker = Self { settings, databases, client: Client::start(), unknown: 0 };
            let done = work(&mut worker).await;
            for database in worker.databases {
                database.remove().await;
            }
            done
        })
    }

    /// Its databases.
    pub fn places(&self) -> Vec<Place> {
        self.databases.iter().map(Database::place).collect()
    }

    /// Whether the client can be asked.
    pub const fn has_client(&self) -> bool {
        self.client.is_some()
    }

    /// Everything that is not as the judge says.
    pub async fn judge(&mut self, world: &World, place: Where) -> Vec<Failure> {
        let compiled = Compiled::of(&world.definition);
        let mut failures = match self.answers(world, &compiled, place, None).await {
            Ok(answers) => judged(world, &answers, None),
            Err(failure) => return vec![failure],
        };
        if matches!(place, Where::Everywhere | Where::Client) {
            let asked = AssertUnwindSafe(self.client(world, &compiled, None)).catch_unwind().await;
            failures.extend(asked.unwrap_or_else(|panic| vec![panicked(panic.as_ref())]));
        }
        failures
    }

    /// The answers of every database, or how it came to none.
    pub async fn answers(
        &mut self,
        world: &World,
        compiled: &Compiled,
        place: Where,
        drift: Option<Drift>,
    ) -> Result<AllAnswers, Failure> {
        let alter = Alter { columns: drift.and_then(Drift::of_descriptors), ..Alter::default() };
        let descriptors = Descriptors::altered(compiled, alter);
        let migrations = compiled.migrations(drift.and_then(Drift::of_migrations).unwrap_or(str::to_owned));
        let other_filter = drift == Some(Drift::OtherFilterOfSubscriptions);
        let descriptors = &descriptors;
        let databases = self.databases.iter_mut().filter(|database| place.is(database.place()));
        let sides = databases.map(|database| async move {
            let mut side = Side::start(database, compiled, migrations, descriptors, world.framing).await;
            let answers = Driver { world, descriptors, side: &mut side, other_filter }.run().await;
            let place = side.place;
            side.end().await;
            (place, answers)
        });
        let answers = AssertUnwindSafe(join_all(sides)).catch_unwind().await;
        match answers {
            Ok(answers) => Ok(answers),
            Err(panic) => {
                self.begin_anew().await;
                Err(panicked(panic.as_ref()))
            }
        }
    }

    /// New databases in the place of those in which something is left.
    async fn begin_anew(&mut self) {
        for database in std::mem::take(&mut self.databases) {
            database.remove().await;
        }
        self.databases = Database::all(self.settings.databases.as_deref()).await;
    }

    /// Asks the client for the orders of all cases.
    pub async fn client(&mut self, world: &World, compiled: &Compiled, drift: Option<Drift>) -> Vec<Failure> {
        let Some(client) = &mut self.client else { return Vec::new() };
        let model = world.definition.root();
        let judge = Judge { definition: &world.definition, rows: world.rows.clone(), drift: None };
        let mut rows: Vec<(usize, &Row)> = world.rows.tables[0]
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((index, row.as_ref()?)))
            .collect();
        Dice::new(world.seed).shuffle(&mut rows);
        let texts: Vec<String> = rows.iter().map(|(_, row)| shown(model, row)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let cases = || world.cases.iter();
        let names: Vec<Vec<String>> =
            cases().map(|(_, case)| spelled(&world.definition, &case.order)).collect();
        let (consumer, drift) = (format!("{}Consumer", model.name), drift.and_then(Drift::of_client));
        let ordered = client.ordered(compiled, &consumer, &texts, &names, drift).await;
        let mut failures = Vec::new();
        for ((number, case), found) in cases().zip(ordered) {
            let order = judge.order_of(case);
            let found: Option<Vec<usize>> =
                found.map(|found| found.into_iter().map(|index| rows[index].0).collect());
            let is_told = |column: usize| {
                !model.columns[column].is_ordered_by_database()
                    && !rows.iter().any(|(_, row)| is_beyond_floats(&row[column]))
            };
            let shown = order.iter().all(|(reach, _)| reach.path.is_empty() && is_told(reach.column));
            // What rows do not show, or not exactly, the client does not have to know.
            if found.is_none() && !(shown && is_told(0)) {
                self.unknown += 1;
                continue;
            }
            let expected = Some(judge.sorted(&order, |_| true));
            if expected != found {
                let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
                failures.push(Failure {
                    case: Some(*number),
                    check: Check::Client,
                    place: None,
                    expected,
                    found,
                });
            }
        }
        failures
    }
}

/// What is not as the judge says of answers.
pub fn judged(world: &World, answers: &AllAnswers, drift: Option<Drift>) -> Vec<Failure> {
    let compared = catch_unwind(AssertUnwindSafe(|| {
        let each = answers.iter().map(|(place, answers)| compare(world, *place, answers, drift));
        each.flatten().collect()
    }));
    compared.unwrap_or_else(|panic| vec![panicked(panic.as_ref())])
}

/// Whether JavaScript's numbers do not tell it from its neighbours.
fn is_beyond_floats(value: &Value) -> bool {
    matches!(value, Value::Integer(number) if number.unsigned_abs() >= 1 << 53)
}

fn panicked(panic: &(dyn Any + Send)) -> Failure {
    Failure {
        case: None,
        check: Check::Panic,
        place: None,
        expected: "no panic".to_owned(),
        found: words(panic),
    }
}
