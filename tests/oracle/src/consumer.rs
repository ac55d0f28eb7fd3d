//! Consumers as the generator writes them, over any descriptors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dcrf::ir::{self, ActionKind, Source};
use dcrf_runtime::condition::Condition;
use dcrf_runtime::dispatch::{BoxFuture, ReplyFuture};
use dcrf_runtime::meta::{ConsumerMeta, ObserverMeta};
use dcrf_runtime::{Context, Dispatch, Error, Request, Result, Value, crud, observer};

use crate::compiled::Compiled;
use crate::descriptors::Descriptors;

/// Querysets by the request id, as JSON text, of who asks for rows or subscribes to them. Who is not among them sees
/// nothing. Events do not say by which request they are subscribed to, so that a connection remembers for each stream the
/// last request that has subscribed: whoever has several querysets has as many connections.
#[derive(Debug, Clone, Default)]
pub struct Querysets(Arc<Mutex<HashMap<String, Condition>>>);

impl Querysets {
    /// Says what a request may see.
    pub fn set(&self, request_id: impl Into<String>, condition: Condition) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(request_id.into(), condition);
    }

    fn of(&self, ctx: &Context) -> Condition {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let subscribed = ctx.state::<Subscribed>();
        let id = subscribed.as_ref().map_or(ctx.request_id(), |Subscribed(id)| id);
        known.get(ctx.request_id()).or_else(|| known.get(id)).cloned().unwrap_or_else(Condition::none)
    }
}

/// The request that has subscribed.
#[derive(Debug, Clone)]
struct Subscribed(String);

/// A consumer of a model.
#[derive(Debug)]
pub struct Consumer {
    meta: &'static ConsumerMeta,
    observers: &'static [&'static ObserverMeta],
    /// The actions that subscribe and unsubscribe, and to what.
    subscribing: Vec<(String, Verb, &'static ObserverMeta)>,
    querysets: Querysets,
}

#[derive(Debug, Clone, Copy)]
enum Verb {
    Subscribe,
    Unsubscribe,
}

/// Every consumer of a crate.
pub fn consumers(compiled: &Compiled, descriptors: &Descriptors, querysets: &Querysets) -> Vec<Consumer> {
    let consumers = compiled.api.consumers.values();
    consumers.map(|consumer| Consumer::new(consumer, descriptors, querysets)).collect()
}

impl Consumer {
    fn new(consumer: &ir::Consumer, descriptors: &Descriptors, querysets: &Querysets) -> Self {
        let observers: Vec<&'static ObserverMeta> = consumer
            .observers
            .iter()
            .map(|own| {
                let name = consumer.base.join(&own.name.snake()).join("observer");
                descriptors.observer(&name.shouting())
            })
            .collect();
        let subscribing = consumer.actions.iter().filter_map(|action| match action.kind {
            ActionKind::Subscribe { to: Source::Observer(index), .. } => {
                Some((action.wire.clone(), Verb::Subscribe, observers[index]))
            }
            ActionKind::Unsubscribe { from: Source::Observer(index), .. } => {
                Some((action.wire.clone(), Verb::Unsubscribe, observers[index]))
            }
            _ => None,
        });
        Self {
            meta: descriptors.consumer(&consumer.base.join("consumer").shouting()),
            subscribing: subscribing.collect(),
            observers: observers.leak(),
            querysets: querysets.clone(),
        }
    }

    async fn answer(&self, ctx: &Context, request: &Request<'_>) -> Result<dcrf_runtime::Reply> {
        let meta = self.meta;
        match request.action() {
            "list" => crud::list(self, ctx, crud::list_input(meta, request)?).await,
            "retrieve" => crud::retrieve(self, ctx, request, crud::key(meta, request)?).await,
            "create" => crud::create(self, ctx, crud::create_input(self, ctx, request).await?).await,
            "update" => {
                let key: Value = crud::key(meta, request)?;
                let data = crud::update_input(self, ctx, request, key.clone()).await?;
                crud::update(self, ctx, key, data).await
            }
            "patch" => {
                let key: Value = crud::key(meta, request)?;
                let data = crud::patch_input(self, ctx, request, key.clone()).await?;
                crud::patch(self, ctx, key, data).await
            }
            "delete" => crud::delete(self, ctx, request, crud::key(meta, request)?).await,
            other => match self.subscribing.iter().find(|(action, ..)| action == other) {
                Some((_, Verb::Subscribe, to)) => {
                    ctx.set_state(Subscribed(ctx.request_id().to_owned()));
                    observer::subscribe(to, ctx, observer::groups(to, request)?).await
                }
                Some((_, Verb::Unsubscribe, from)) => {
                    observer::unsubscribe(from, ctx, observer::groups(from, request)?).await
                }
                None => Err(Error::MethodNotAllowed(other.to_owned())),
            },
        }
    }
}

impl Dispatch for Consumer {
    fn meta(&self) -> &'static ConsumerMeta {
        self.meta
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(self.answer(ctx, request))
    }

    fn observers(&self) -> &'static [&'static ObserverMeta] {
        self.observers
    }

    fn queryset<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<Condition>> {
        Box::pin(async move { Ok(self.querysets.of(ctx)) })
    }
}
