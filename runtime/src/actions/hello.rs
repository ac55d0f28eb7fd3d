//! `$hello`: a client tells that it knows positions in the log of changes (protocol 1).

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::app::context::Context;
use crate::app::dispatch::Reply;
use crate::feed::hub::Hub;
use crate::ground::error::{Error, Result};
use crate::wire::frame::Request;

/// The action, which no definition can have.
pub(crate) const HELLO: &str = "$hello";

/// The protocol of this server.
const PROTOCOL: u32 = 1;

/// What a client says.
#[derive(Debug, Deserialize)]
struct Hello {
    protocol: u32,
    #[serde(default)]
    schema: Option<String>,
}

/// Answers that the server knows positions, too: from now on the client is told them. Without a log of changes the
/// action does not exist.
///
/// # Errors
/// [`Error::MethodNotAllowed`] without a log; [`Error::Validation`] for a payload of another form.
pub(crate) async fn hello(ctx: &Context, request: &Request<'_>) -> Result<Reply> {
    let hub = ctx.db().hub();
    let Some(log) = hub.log() else {
        return Err(Error::MethodNotAllowed(request.action().to_owned()));
    };
    let said: Hello = match request.argument("data").map(|raw| serde_json::from_str(raw.get())) {
        Some(Ok(said)) => said,
        _ => return Err(Error::field("data", "This value is not valid.")),
    };
    if said.protocol < PROTOCOL {
        return Err(Error::field("data", "This protocol has no greeting."));
    }
    let own = schema(hub);
    let same = if said.schema.as_deref() == Some(own.as_str()) { "same" } else { "other" };
    log.catch_up().await;
    let position = *log.told().await;
    let sender = ctx.sender()?;
    sender.mailbox.greet(sender.wrapper.clone());
    let data = serde_json::json!({"protocol": PROTOCOL, "schema": same, "id": own});
    Ok(Reply::json(200, &data)?.at(position))
}

/// Returns a text that differs if what observers show differs.
fn schema(hub: &Hub) -> String {
    let mut hash = Sha256::new();
    for observer in hub.served().all().filter(|observer| observer.latest.is_some()) {
        let fields = observer.serializer.map_or(&[][..], |serializer| serializer.fields);
        let columns = observer.model.columns.iter().map(|column| column.name);
        let parts = [observer.name, observer.model.name].into_iter();
        for part in parts.chain(fields.iter().map(|field| field.name)).chain(columns) {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
