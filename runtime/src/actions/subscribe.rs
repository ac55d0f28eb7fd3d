//! The actions that subscribe and unsubscribe. Generated code calls them.

use crate::actions::crud::{row_filter, row_of, visible_row};
use crate::actions::named::leave_if_outdated;
use crate::actions::resume::{Begin, join_logged};
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::app::request_id::RequestId;
use crate::change::Topic;
use crate::condition::{Condition, Lookup as Compared};
use crate::feed::groups::{ALL, Groups, by, of_key};
use crate::feed::hub::Subscription;
use crate::feed::presence::listed;
use crate::ground::error::{Detail, Error, Result};
use crate::schema::meta::{GroupsMeta, ModelMeta, ObserverMeta, Overflow, SignalMeta};
use crate::schema::meta::{ObjectMeta, TypeMeta};
use crate::schema::value::Value;
use crate::store::stated::Lookup;
use crate::wire::decode::{Reading, accept};
use crate::wire::frame::Request;

/// Reads the groups of a subscription from the arguments of a frame: one group for each set of columns of which the
/// frame gives all values. A frame without such values means no group if it subscribes, and every group if it
/// unsubscribes.
///
/// # Errors
/// [`Error::Validation`] for values that the columns do not accept.
pub fn groups(observer: &'static ObserverMeta, request: &Request<'_>) -> Result<Groups> {
    let column = |index: usize| {
        let column = &observer.model.columns[index];
        (column.name, &column.ty)
    };
    let (mut groups, values) = named(observer.groups, column, request)?;
    if let GroupsMeta::By(_) = observer.groups {
        groups.rows = Condition::Any(values.into_iter().map(|set| having(observer.model, set)).collect());
    }
    if let Some(bound) = observer.filter.and_then(|consumer| consumer.model.as_ref()) {
        groups.filter = row_filter(bound, request)?;
    }
    Ok(groups)
}

/// Does the same as [`groups`] with the properties of a signal's payload.
///
/// # Errors
/// The errors of [`groups`].
pub fn signal_groups(signal: &'static SignalMeta, request: &Request<'_>) -> Result<Groups> {
    let property = |index: usize| {
        let property = &signal.payload.properties[index];
        (property.name, &property.ty)
    };
    named(signal.groups, property, request).map(|(groups, _)| groups)
}

/// The values of the parts of a group, by their positions.
type GroupValues = Vec<(usize, Value)>;

/// Returns a condition of the rows of a group. Those values that the database may compare in another way than groups do
/// are left out.
fn having(model: &'static ModelMeta, values: GroupValues) -> Condition {
    let equal = |(column, value): (usize, Value)| {
        let comparable = Lookup::EQUAL.suits(&model.columns[column].ty.kind);
        let (lookup, values) = match value {
            Value::Null => (Compared::IsNull, Vec::new()),
            value => (Compared::Eq, vec![value]),
        };
        comparable.then_some(Condition::Compare { model, column, lookup, values })
    };
    Condition::All(values.into_iter().filter_map(equal).collect())
}

fn named(
    groups: GroupsMeta,
    of: impl Fn(usize) -> (&'static str, &'static TypeMeta),
    request: &Request<'_>,
) -> Result<(Groups, Vec<GroupValues>)> {
    let GroupsMeta::By(sets) = groups else { return Ok((Groups::custom([ALL]), Vec::new())) };
    let (mut names, mut all, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (index, set) in sets.iter().enumerate() {
        let mut values: Vec<(usize, &TypeMeta, Value)> = Vec::with_capacity(set.len());
        for part in set.iter().copied() {
            let (name, ty) = of(part);
            let Some(raw) = request.argument(name) else { continue };
            match accept(&ty.named(), raw, Reading::COERCED) {
                Ok(value) => values.push((part, ty, value)),
                Err(refusal) => {
                    if errors.iter().all(|(other, _)| other != name) {
                        errors.push((name.to_owned(), refusal.detail(&[])));
                    }
                }
            }
        }
        if values.len() == set.len() {
            names.push(by(index, values.iter().map(|(_, ty, value)| (*ty, value))));
            all.push(values.into_iter().map(|(part, _, value)| (part, value)).collect());
        }
    }
    if !errors.is_empty() {
        return Err(Error::Validation(Detail::Map(errors)));
    }
    let named = sets.iter().flat_map(|set| set.iter()).any(|part| request.argument(of(*part).0).is_some());
    Ok((if named { Groups::custom(names) } else { Groups::every() }, all))
}

/// Tells whether a frame has any of these arguments. Without them, an unsubscription means every group.
pub fn names_any(input: &'static ObjectMeta, request: &Request<'_>) -> bool {
    input.properties.iter().any(|property| request.argument(property.name).is_some())
}

/// Subscribes to groups of an observer: status 201.
pub fn subscribe<'a>(observer: &'static ObserverMeta, ctx: &'a Context, groups: Groups) -> ReplyFuture<'a> {
    Box::pin(async move {
        // What the application makes of an event need not have an id.
        if !observer.custom_message {
            needs_id(ctx)?;
        }
        join_observer(observer, ctx, groups, Begin::of(ctx)?).await
    })
}

async fn join_observer(
    observer: &'static ObserverMeta,
    ctx: &Context,
    groups: Groups,
    begin: Begin,
) -> Result<Reply> {
    let topic = Topic { stream: ctx.stream(), name: observer.name };
    match ctx.db().hub().log().filter(|_| observer.latest.is_some()) {
        Some(log) => {
            let mut own = Vec::new();
            for group in groups.names.into_iter().flatten() {
                own.push(
                    Subscription::new(topic, &group, ctx, observer.overflow)?.only(groups.filter.clone()),
                );
            }
            let reply = join_logged(&log, observer, ctx, own, groups.rows, begin).await?;
            if let Some(begun) = groups.begun {
                leave_if_outdated(&log, observer, ctx, begun).await?;
            }
            Ok(reply)
        }
        None => join(topic, observer.overflow, ctx, groups).await,
    }
}

/// Ends subscriptions to groups of an observer: those under the request's id, or all if it has no id. The status is
/// 204.
pub fn unsubscribe<'a>(observer: &'static ObserverMeta, ctx: &'a Context, groups: Groups) -> ReplyFuture<'a> {
    Box::pin(std::future::ready(leave(Topic { stream: ctx.stream(), name: observer.name }, ctx, &groups)))
}

/// Subscribes to a signal: status 201.
pub fn subscribe_signal<'a>(
    signal: &'static SignalMeta,
    ctx: &'a Context,
    groups: Groups,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        needs_id(ctx)?;
        join(signal.topic(), signal.overflow, ctx, groups).await
    })
}

/// Subscribes to a signal that tells who is present: status 201, with those who are present now.
pub fn subscribe_presence<'a>(
    signal: &'static SignalMeta,
    ctx: &'a Context,
    groups: Groups,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        needs_id(ctx)?;
        // Whoever joins or leaves while the members are read is told after the answer.
        join(signal.topic(), signal.overflow, ctx, groups.clone()).await?;
        match listed(ctx, signal, &groups).await {
            Ok(members) => Ok(Reply::new(201, members)),
            Err(error) => {
                // Who is told of an error is not subscribed.
                leave(signal.topic(), ctx, &groups)?;
                Err(error)
            }
        }
    })
}

/// Ends subscriptions to a signal, as [`unsubscribe`] does for an observer: status 204.
pub fn unsubscribe_signal<'a>(
    signal: &'static SignalMeta,
    ctx: &'a Context,
    groups: Groups,
) -> ReplyFuture<'a> {
    Box::pin(std::future::ready(leave(signal.topic(), ctx, &groups)))
}

/// Refuses names of groups where the groups are values: nothing would ever come to them.
fn refuse_names(name: &str, groups: &GroupsMeta) -> Result<()> {
    match groups {
        GroupsMeta::By(_) | GroupsMeta::Instance => {
            Err(Error::internal(format!("the groups of `{name}` are values, which have no names")))
        }
        GroupsMeta::All | GroupsMeta::Custom => Ok(()),
    }
}

impl ObserverMeta {
    /// Subscribes the connection of `ctx` to groups of this observer, under the id of its request. Actions of the
    /// application call this (DCRF's `await self.<observer>.subscribe(…)`), and so may
    /// [`Dispatch::connected`](crate::Dispatch::connected): without a request id, events have the `request_id` `null`.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection, or if the definition says by which values events are grouped:
    /// such groups have no names. The error of the broker.
    pub async fn subscribe(
        &'static self,
        ctx: &Context,
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<()> {
        refuse_names(self.name, &self.groups)?;
        join_observer(self, ctx, Groups::custom(groups), Begin::default()).await.map(|_| ())
    }

    /// Subscribes the connection of `ctx` to this observer, whose subscribers all get all events (it has no groups).
    ///
    /// # Errors
    /// The errors of [`subscribe`](Self::subscribe).
    pub async fn subscribe_to_all(&'static self, ctx: &Context) -> Result<()> {
        self.subscribe(ctx, [ALL]).await
    }

    /// Tells whether the connection of `ctx` is subscribed to this observer under the id of its request, or under any id if
    /// the request has none.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub fn is_subscribed(&'static self, ctx: &Context) -> Result<bool> {
        let own = own(ctx, Topic { stream: ctx.stream(), name: self.name })?;
        Ok(ctx.db().hub().has(ctx.connection_id(), own))
    }

    /// Ends the subscriptions of the connection of `ctx` to groups of this observer, under any id.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub fn unsubscribe(
        &'static self,
        ctx: &Context,
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<()> {
        leave_groups(Topic { stream: ctx.stream(), name: self.name }, ctx, groups)
    }

    /// Ends the subscriptions of the connection of `ctx` to groups of this observer under the id of its request (DCRF's
    /// `await self.<observer>.unsubscribe(request_id=…)`), or under any id if the request has none.
    ///
    /// # Errors
    /// The errors of [`unsubscribe`](Self::unsubscribe).
    pub fn unsubscribe_request(
        &'static self,
        ctx: &Context,
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<()> {
        let topic = Topic { stream: ctx.stream(), name: self.name };
        leave(topic, ctx, &Groups::custom(groups)).map(drop)
    }

    /// Does the same as [`unsubscribe_request`](Self::unsubscribe_request) for all groups of this observer.
    ///
    /// # Errors
    /// The errors of [`unsubscribe`](Self::unsubscribe).
    pub fn unsubscribe_request_from_all(&'static self, ctx: &Context) -> Result<()> {
        let topic = Topic { stream: ctx.stream(), name: self.name };
        leave(topic, ctx, &Groups::every()).map(drop)
    }

    /// Ends the subscriptions of the connection of `ctx` to all groups of this observer, under any id.
    ///
    /// # Errors
    /// The errors of [`unsubscribe`](Self::unsubscribe).
    pub fn unsubscribe_from_all(&'static self, ctx: &Context) -> Result<()> {
        let topic = Topic { stream: ctx.stream(), name: self.name };
        let stream = ctx.sender()?.stream;
        let meant = |own: &Subscription| own.recipient.stream == stream && own.topic == topic;
        ctx.db().hub().unsubscribe(ctx.connection_id(), meant);
        Ok(())
    }
}

impl SignalMeta {
    /// Subscribes the connection of `ctx` to groups of this signal, under the id of its request, or under the id `null`.
    /// Actions of the application call this.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection, or is of another stream than the signal, or if the definition
    /// says by which values the signal is grouped: such groups have no names. The error of the broker.
    pub async fn subscribe(
        &'static self,
        ctx: &Context,
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<()> {
        if ctx.stream() != self.stream {
            let text = format!("the signal `{}` is of the stream `{}`", self.name, self.stream);
            return Err(Error::internal(text));
        }
        refuse_names(self.name, &self.groups)?;
        join(self.topic(), self.overflow, ctx, Groups::custom(groups)).await.map(drop)
    }

    /// Subscribes the connection of `ctx` to this signal, whose subscribers all get it (it has no groups).
    ///
    /// # Errors
    /// The errors of [`subscribe`](Self::subscribe).
    pub async fn subscribe_to_all(&'static self, ctx: &Context) -> Result<()> {
        self.subscribe(ctx, [ALL]).await
    }

    /// Ends the subscriptions of the connection of `ctx` to groups of this signal, under any id.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub fn unsubscribe(
        &'static self,
        ctx: &Context,
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<()> {
        leave_groups(self.topic(), ctx, groups)
    }

    /// Ends the subscriptions of the connection of `ctx` to groups of this signal under the id of its request, or under
    /// any id if the request has none.
    ///
    /// # Errors
    /// The errors of [`unsubscribe`](Self::unsubscribe).
    pub fn unsubscribe_request(
        &'static self,
        ctx: &Context,
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<()> {
        leave(self.topic(), ctx, &Groups::custom(groups)).map(drop)
    }

    /// Returns the topic of the subscriptions.
    pub(crate) fn topic(&self) -> Topic {
        Topic { stream: self.stream, name: self.name }
    }
}

/// Subscribes a new connection to groups of an observer.
pub(crate) async fn join_on_connect(
    observer: &'static ObserverMeta,
    ctx: &Context,
    groups: Groups,
) -> Result<()> {
    join_observer(observer, ctx, groups, Begin::default()).await.map(drop)
}

async fn join(topic: Topic, overflow: Overflow, ctx: &Context, groups: Groups) -> Result<Reply> {
    for group in groups.names.into_iter().flatten() {
        let subscription = Subscription::new(topic, &group, ctx, overflow)?.only(groups.filter.clone());
        ctx.db().hub().join(subscription).await?;
    }
    Ok(Reply::empty(201))
}

/// Ends the subscriptions to groups of a topic, under any id.
fn leave_groups(
    topic: Topic,
    ctx: &Context,
    groups: impl IntoIterator<Item = impl Into<String>>,
) -> Result<()> {
    let stream = ctx.sender()?.stream;
    let channels: Vec<_> = groups.into_iter().map(|group| topic.channel(&group.into())).collect();
    let meant = |own: &Subscription| own.recipient.stream == stream && channels.contains(&own.channel);
    ctx.db().hub().unsubscribe(ctx.connection_id(), meant);
    Ok(())
}

fn leave(topic: Topic, ctx: &Context, groups: &Groups) -> Result<Reply> {
    let channels = groups.names.as_ref();
    let channels = channels.map(|names| names.iter().map(|name| topic.channel(name)).collect::<Vec<_>>());
    let own = own(ctx, topic)?;
    let meant = |subscription: &Subscription| {
        own(subscription) && channels.as_ref().is_none_or(|channels| channels.contains(&subscription.channel))
    };
    ctx.db().hub().unsubscribe(ctx.connection_id(), meant);
    Ok(Reply::empty(204))
}

/// Checks that the request has an id: events carry the id of the subscription, and could not be told apart without one.
pub(super) fn needs_id(ctx: &Context) -> Result<()> {
    if RequestId::new(ctx.request_id()).is_null() {
        return Err(Error::field("request_id", "This field is required."));
    }
    Ok(())
}

/// Returns a filter for subscriptions of the context's stream and topic that have the id of the request, if it has one.
fn own(ctx: &Context, topic: Topic) -> Result<impl Fn(&Subscription) -> bool + use<>> {
    let (id, stream) = (RequestId::new(ctx.request_id()), ctx.sender()?.stream);
    Ok(move |subscription: &Subscription| {
        subscription.topic == topic
            && subscription.recipient.stream == stream
            && (id.is_null() || *subscription.request_id() == id)
    })
}

/// Returns the observer of single rows.
pub(crate) fn instance_observer(consumer: &dyn Dispatch) -> Result<&'static ObserverMeta> {
    let mut observers = consumer.observers().iter().copied();
    let single = observers.find(|observer| matches!(observer.groups, GroupsMeta::Instance));
    single.ok_or_else(|| Error::internal(format!("{} does not observe single rows", consumer.meta().name)))
}

/// Subscribes to one row: status 201, or 404 if the row does not exist or the connection cannot see it, or 403 if the
/// permissions refuse it.
pub fn subscribe_instance<'a>(
    consumer: &'a dyn Dispatch,
    observer: &'static ObserverMeta,
    ctx: &'a Context,
    request: &'a Request<'a>,
    lookup: Value,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        needs_id(ctx)?;
        let row = row_of(consumer, ctx, request, lookup.clone()).await?;
        let key = row.values().get(observer.model.key).cloned().unwrap_or(Value::Null);
        let topic = Topic { stream: ctx.stream(), name: observer.name };
        let group = of_key(observer, &key);
        let subscription = Subscription::new(topic, &group, ctx, observer.overflow)?.by(lookup.clone());
        let reply = match ctx.db().hub().log().filter(|_| observer.latest.is_some()) {
            Some(log) => {
                let within = having(observer.model, vec![(observer.model.key, key.clone())]);
                join_logged(&log, observer, ctx, vec![subscription], within, Begin::of(ctx)?).await?
            }
            None => {
                ctx.db().hub().join(subscription).await?;
                Reply::empty(201)
            }
        };
        // The row may have been deleted, or become invisible, between the look-up and the subscription. Then the
        // subscription would never receive an event.
        if visible_row(consumer, ctx, lookup.clone()).await?.is_none() {
            end_instance(observer, ctx, &Some(key), &lookup)?;
            return Err(Error::NotFound);
        }
        Ok(reply)
    })
}

/// Ends subscriptions to one row, those under the request's id or all if it has no id: status 204. It is possible to
/// unsubscribe from a row that was deleted. The status is 404 only if there is neither a row nor a subscription to it.
/// A row that the connection cannot see counts as missing, so that the answer does not tell which keys other users'
/// rows have.
pub fn unsubscribe_instance<'a>(
    consumer: &'a dyn Dispatch,
    observer: &'static ObserverMeta,
    ctx: &'a Context,
    lookup: Value,
) -> ReplyFuture<'a> {
    Box::pin(async move {
        let row = visible_row(consumer, ctx, lookup.clone()).await?;
        let key = row.and_then(|row| row.values().get(observer.model.key).cloned());
        let ended = end_instance(observer, ctx, &key, &lookup)?;
        if key.is_none() && !ended { Err(Error::NotFound) } else { Ok(Reply::empty(204)) }
    })
}

/// Ends the subscriptions. Tells whether the row had any, with any id.
fn end_instance(
    observer: &'static ObserverMeta,
    ctx: &Context,
    key: &Option<Value>,
    lookup: &Value,
) -> Result<bool> {
    let topic = Topic { stream: ctx.stream(), name: observer.name };
    let channel = key.as_ref().map(|key| topic.channel(&of_key(observer, key)));
    let own = own(ctx, topic)?;
    let stream = ctx.sender()?.stream;
    let of_row = |subscription: &Subscription| {
        subscription.topic == topic
            && subscription.recipient.stream == stream
            && (channel.as_ref() == Some(&subscription.channel)
                || (channel.is_none() && subscription.lookup.as_ref() == Some(lookup)))
    };
    let had = ctx.db().hub().has(ctx.connection_id(), of_row);
    ctx.db().hub().unsubscribe(ctx.connection_id(), |each| of_row(each) && own(each));
    Ok(had)
}

#[cfg(test)]
mod tests {
    use super::refuse_names;
    use crate::schema::meta::GroupsMeta;

    #[test]
    fn only_groups_of_the_application_have_names() {
        assert!(refuse_names("bell", &GroupsMeta::Custom).is_ok());
        assert!(refuse_names("bell", &GroupsMeta::All).is_ok());
        let error = refuse_names("bell", &GroupsMeta::By(&[&[0]])).expect_err("nothing would come");
        assert!(
            error.to_string().ends_with("the groups of `bell` are values, which have no names"),
            "{error}"
        );
    }
}
