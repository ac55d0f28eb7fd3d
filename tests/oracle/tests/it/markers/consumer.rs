//! Consumers whose querysets and permissions are those of a [`Scheme`], and faults that are put into them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::request::Parts;
use dcrf::ir::{self, ActionKind, Source};
use dcrf_oracle::compiled::Compiled;
use dcrf_oracle::descriptors::Descriptors;
use dcrf_runtime::condition::{Condition, Lookup};
use dcrf_runtime::dispatch::{ActionInput, BoxFuture, ReplyFuture};
use dcrf_runtime::meta::{ActionKind as Kind, ActionMeta, ConsumerMeta, ModelMeta, ObserverMeta, PathStep};
use dcrf_runtime::{
    Authenticator, Context, Db, Dispatch, Error, Identity, Reply, Request, Result, Row, Value, crud, observer,
};

use super::fault::Fault;
use super::scheme::{HEARD, Scheme, Served, Sight, Table};
use super::state::{Role, Staff, integer};

/// What the application knows beside its database.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    staff: Staff,
    /// The teams of persons.
    teams: BTreeMap<i64, i64>,
}

impl Known {
    /// Who is staff.
    pub fn staff(&self) -> Staff {
        self.inner(|inner| inner.staff.clone())
    }

    /// Makes somebody staff, or takes that away.
    pub fn turn_staff(&self, person: i64) {
        self.inner(|inner| {
            if !inner.staff.0.remove(&person) {
                inner.staff.0.insert(person);
            }
        });
    }

    /// Puts somebody into a team.
    pub fn put_into_team(&self, person: i64, team: i64) {
        self.inner(|inner| inner.teams.insert(person, team));
    }

    fn team(&self, person: i64) -> Option<i64> {
        self.inner(|inner| inner.teams.get(&person).copied())
    }

    fn inner<T>(&self, with: impl FnOnce(&mut Inner) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Who it is says the query: `?as=7`.
#[derive(Debug)]
pub struct ByQuery;

impl Authenticator for ByQuery {
    fn authenticate<'a>(&'a self, parts: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        let id = parts.uri.query().and_then(|query| query.strip_prefix("as="));
        let identity = id.map_or(Identity::Anonymous, Identity::user);
        Box::pin(std::future::ready(Ok(identity)))
    }
}

/// A consumer of a scheme.
#[derive(Debug, Clone)]
pub struct Guarded {
    meta: &'static ConsumerMeta,
    observers: &'static [&'static ObserverMeta],
    /// The observer of single rows.
    instance: &'static ObserverMeta,
    /// The actions that subscribe and unsubscribe, and to what.
    subscribing: Arc<[(String, Verb, &'static ObserverMeta)]>,
    sight: Sight,
    known: Known,
    fault: Option<Fault>,
    /// Whether its queryset narrows nothing: a fault.
    open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Subscribe,
    Unsubscribe,
}

/// The consumers of a scheme.
pub fn consumers(
    scheme: &Scheme,
    compiled: &Compiled,
    descriptors: &Descriptors,
    known: &Known,
    fault: Option<Fault>,
) -> Vec<Guarded> {
    let consumers = compiled.api.consumers.values();
    let guarded = consumers.map(|consumer| {
        let meta = descriptors.consumer(&consumer.base.join("consumer").shouting());
        let served = scheme.served(meta.stream);
        Guarded::new(consumer, meta, served, descriptors, known.clone(), fault)
    });
    guarded.collect()
}

impl Guarded {
    fn new(
        consumer: &ir::Consumer,
        meta: &'static ConsumerMeta,
        served: &Served,
        descriptors: &Descriptors,
        known: Known,
        fault: Option<Fault>,
    ) -> Self {
        let named = |name: &ir::Name| {
            descriptors.observer(&consumer.base.join(&name.snake()).join("observer").shouting())
        };
        let mut observers: Vec<&'static ObserverMeta> =
            consumer.observers.iter().map(|own| named(&own.name)).collect();
        let instance = descriptors.observer(&consumer.base.join("instance_observer").shouting());
        let subscribing = consumer.actions.iter().filter_map(|action| {
            let (verb, to) = match action.kind {
                ActionKind::Subscribe { to: Source::Observer(index), .. } => {
                    (Verb::Subscribe, observers[index])
                }
                ActionKind::Unsubscribe { from: Source::Observer(index), .. } => {
                    (Verb::Unsubscribe, observers[index])
                }
                _ => return None,
            };
            Some((action.wire.clone(), verb, to))
        });
        let subscribing = subscribing.collect();
        observers.push(instance);
        Self {
            meta: fault.map_or(meta, |fault| faulty(meta, fault)),
            instance,
            observers: observers.leak(),
            subscribing,
            sight: served.sight,
            known,
            fault,
            open: false,
        }
    }

    /// The same without its queryset: what only a fault uses.
    fn opened(&self) -> Self {
        Self { open: true, ..self.clone() }
    }

    fn model(&self) -> &'static ModelMeta {
        self.meta.model.as_ref().expect("every consumer here has a model").serializer.model
    }

    fn role(ctx: &Context) -> Role {
        ctx.user().id().and_then(|id| id.parse().ok())
    }

    fn visible(&self, ctx: &Context) -> Condition {
        let is_event = matches!(ctx.action(), "create" | "update" | "delete");
        if self.open || (self.fault == Some(Fault::EventsAreOpen) && is_event) {
            return Condition::all();
        }
        admitted(self.model(), self.sight, Self::role(ctx), &self.known)
    }

    /// Looks a row up by the queryset, and writes it by its key alone.
    async fn change_by_old_rights(&self, ctx: &Context, request: &Request<'_>) -> Result<Reply> {
        let key: Value = crud::key(self.meta, request)?;
        let payload = match request.action() {
            "patch" => crud::patch_input(self, ctx, request, key.clone()).await?,
            _ => crud::update_input(self, ctx, request, key.clone()).await?,
        };
        crud::patch(&self.opened(), ctx, key, payload).await
    }

    /// Ends a subscription to a row that is looked up without the queryset.
    async fn unsubscribe_openly(&self, ctx: &Context, request: &Request<'_>) -> Result<Reply> {
        let key: Value = crud::key(self.meta, request)?;
        observer::unsubscribe_instance(&self.opened(), self.instance, ctx, key).await
    }

    fn subscribes<'a>(
        &'a self,
        ctx: &'a Context,
        request: &'a Request<'a>,
        verb: Verb,
        to: &'static ObserverMeta,
    ) -> Result<ReplyFuture<'a>> {
        Ok(match verb {
            Verb::Subscribe => observer::subscribe(to, ctx, observer::groups(to, request)?),
            Verb::Unsubscribe => observer::unsubscribe(to, ctx, observer::groups(to, request)?),
        })
    }
}

/// The description of a consumer that does the actions itself which its fault is about.
fn faulty(meta: &'static ConsumerMeta, fault: Fault) -> &'static ConsumerMeta {
    let own: &[&str] = match fault {
        Fault::RightsAreOld => &["update", "patch"],
        Fault::UnsubscribeTells => &["unsubscribe_instance"],
        _ => return meta,
    };
    let actions = meta.actions.iter().copied().map(|action| match own.contains(&action.name) {
        true => action.kind(Kind::Custom),
        false => action,
    });
    let actions: Vec<ActionMeta> = actions.collect();
    let actions = actions.leak();
    let ConsumerMeta { name, stream, path, model, access, .. } = *meta;
    Box::leak(Box::new(ConsumerMeta { name, stream, path, actions, model, access }))
}

/// The rows of a model that somebody sees.
fn admitted(model: &'static ModelMeta, sight: Sight, role: Role, known: &Known) -> Condition {
    match sight {
        Sight::All => Condition::all(),
        Sight::Own(path) => role.map_or_else(Condition::none, |role| own(model, path, role)),
        Sight::Team(path) => {
            let team = role.and_then(|role| known.team(role));
            team.map_or_else(Condition::none, |team| of_team(model, path, team))
        }
        Sight::OwnOrOpen => {
            let open = equal(model, "open", Value::Boolean(true));
            role.map_or(open.clone(), |role| open.or(own(model, &["owner"], role)))
        }
    }
}

/// The column of a row along foreign keys.
fn along(
    model: &'static ModelMeta,
    path: &[&str],
    last: impl FnOnce(&'static ModelMeta) -> Condition,
) -> Condition {
    let Some((step, rest)) = path.split_first() else { return last(model) };
    let column = position(model, step);
    let target = model.columns[column].references.expect("a foreign key")();
    Condition::Related {
        model,
        step: PathStep::ForeignKey(column),
        condition: Box::new(along(target, rest, last)),
    }
}

/// The row of whoever is at the end of foreign keys, which is this person.
fn own(model: &'static ModelMeta, path: &[&str], person: i64) -> Condition {
    let (last, before) = path.split_last().map_or(("id", path), |(last, before)| (*last, before));
    along(model, before, |model| equal(model, last, Value::Integer(person)))
}

/// The row of whoever is at the end of foreign keys and of this team.
fn of_team(model: &'static ModelMeta, path: &[&str], team: i64) -> Condition {
    along(model, path, |model| equal(model, "team", Value::Integer(team)))
}

fn equal(model: &'static ModelMeta, column: &str, value: Value) -> Condition {
    Condition::Compare { model, column: position(model, column), lookup: Lookup::Eq, values: vec![value] }
}

fn position(model: &'static ModelMeta, name: &str) -> usize {
    model.columns.iter().position(|column| column.name == name).expect("a column of the model")
}

impl Dispatch for Guarded {
    fn meta(&self) -> &'static ConsumerMeta {
        self.meta
    }

    fn act<'a>(
        &'a self,
        ctx: &'a Context,
        request: &'a Request<'a>,
        _: ActionInput,
    ) -> Result<ReplyFuture<'a>> {
        let action = request.action();
        match (self.fault, action) {
            (Some(Fault::RightsAreOld), "update" | "patch") => {
                return Ok(Box::pin(self.change_by_old_rights(ctx, request)));
            }
            (Some(Fault::UnsubscribeTells), "unsubscribe_instance") => {
                return Ok(Box::pin(self.unsubscribe_openly(ctx, request)));
            }
            _ => {}
        }
        match self.subscribing.iter().find(|(own, ..)| own == action) {
            Some((_, verb, to)) => self.subscribes(ctx, request, *verb, to),
            None => Err(Error::MethodNotAllowed(action.to_owned())),
        }
    }

    fn observers(&self) -> &'static [&'static ObserverMeta] {
        self.observers
    }

    fn queryset<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<Condition>> {
        Box::pin(std::future::ready(Ok(self.visible(ctx))))
    }

    fn observer_queryset<'a>(
        &'a self,
        observer: &'static ObserverMeta,
        ctx: &'a Context,
    ) -> BoxFuture<'a, Result<Condition>> {
        Box::pin(std::future::ready(Ok(admitted(observer.model, HEARD, Self::role(ctx), &self.known))))
    }

    fn has_permission<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a str,
        _: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        let role = Self::role(ctx);
        let holds = match name {
            "IsStaff" => role.is_some_and(|role| self.known.staff().0.contains(&role)),
            _ => true,
        };
        Box::pin(std::future::ready(Ok(holds)))
    }

    fn has_row_permission<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a str,
        row: &'a Row,
    ) -> BoxFuture<'a, Result<bool>> {
        let is_own = || {
            let owner = &row.values()[Table::Doc.column("owner")];
            Self::role(ctx) == Some(integer(owner))
        };
        let holds = name != "IsOwn" || is_own();
        Box::pin(std::future::ready(Ok(holds)))
    }
}
