//! The stream `custom`: what actions are given, give and refuse.

use std::collections::BTreeMap;
use std::time::Duration;

use conformance::CustomHandler;
use conformance::consumers::{
    ClosesInput, NeedsInput, RaisesApiInput, RaisesHttp404Input, RaisesValidationErrorInput,
    ReturnsDataOnlyOutput, ReturnsDateOutput, ReturnsStatusInput, RingInput, SeenInput, SeenOutput,
};
use conformance::types::{Echo, Nap, Slept};
use dcrf_runtime::{Context, Detail, Error, Json, Result};

use serde::Serialize;

use super::App;
use super::probes::user;

/// An answer whose status is of any type.
#[derive(Serialize)]
struct Answer<'a> {
    errors: [(); 0],
    data: BTreeMap<&'static str, Json>,
    action: &'a str,
    response_status: Json,
    request_id: Json,
}

impl CustomHandler for App {
    async fn an_async_action(&self, _ctx: &Context) -> Result<BTreeMap<String, String>> {
        Ok(some_message())
    }

    async fn a_sync_action(&self, _ctx: &Context) -> Result<BTreeMap<String, String>> {
        Ok(some_message())
    }

    async fn echo(&self, _ctx: &Context, input: Echo) -> Result<Echo> {
        Ok(input)
    }

    async fn seen(&self, ctx: &Context, input: SeenInput) -> Result<SeenOutput> {
        let request_id = ctx.request_id().parse().map(Some)?;
        Ok(SeenOutput { request_id, action: ctx.action().to_owned(), x: input.x })
    }

    async fn needs(&self, _ctx: &Context, input: NeedsInput) -> Result<Option<Json>> {
        Ok(input.needed)
    }

    async fn narrow(&self, _ctx: &Context) -> Result<String> {
        Ok("only these two".to_owned())
    }

    async fn other_name(&self, _ctx: &Context) -> Result<String> {
        Ok("renamed".to_owned())
    }

    async fn whoami(&self, ctx: &Context) -> Result<String> {
        let user = user(ctx).await?;
        Ok(user.map_or_else(|| "AnonymousUser".to_owned(), |user| user.username))
    }

    async fn replies_twice(&self, ctx: &Context) -> Result<i64> {
        ctx.reply(206, &1)?;
        Ok(2)
    }

    async fn closes(&self, ctx: &Context, input: ClosesInput) -> Result<()> {
        ctx.close(u16::try_from(input.code).unwrap_or_default())
    }

    async fn closes_after_reply(&self, ctx: &Context) -> Result<()> {
        let (action, errors) = (ctx.action(), serde_json::json!([]));
        ctx.send_json(&serde_json::json!({
            "errors": errors, "data": "bye", "action": action, "response_status": 200, "request_id": null,
        }))?;
        ctx.close(1000)
    }

    async fn sends_raw(&self, ctx: &Context) -> Result<()> {
        ctx.send_json(&BTreeMap::from([("no", "envelope")]))
    }

    async fn starts_detached(&self, ctx: &Context) -> Result<String> {
        ctx.spawn(|ctx| async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            ctx.send_json(&BTreeMap::from([("later", true)]))
        })?;
        Ok("started".to_owned())
    }

    async fn returns_odd_keys(&self, _ctx: &Context) -> Result<BTreeMap<String, String>> {
        let odd = [("1", "int"), ("null", "null"), ("1.5", "float")];
        Ok(odd.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    /// What is neither an answer nor nothing is a fault of the action.
    async fn returns_three(&self, _ctx: &Context) -> Result<()> {
        Err(Error::internal("an action has to return data and a status"))
    }

    async fn returns_nothing(&self, _ctx: &Context) -> Result<()> {
        Ok(())
    }

    /// A status of any type is none of HTTP: the frame is the application's own.
    async fn returns_status(&self, ctx: &Context, input: ReturnsStatusInput) -> Result<()> {
        let code = input.code.unwrap_or_else(Json::null);
        let frame = Answer {
            errors: [],
            data: BTreeMap::from([("code", code.clone())]),
            action: ctx.action(),
            response_status: code,
            request_id: ctx.request_id().parse()?,
        };
        ctx.send_json(&frame)
    }

    async fn subscribe_to_bell(&self, ctx: &Context) -> Result<()> {
        ctx.group("bell").subscribe().await
    }

    async fn unsubscribe_from_bell(&self, ctx: &Context) -> Result<()> {
        ctx.group("bell").unsubscribe()
    }

    async fn ring(&self, ctx: &Context, input: RingInput) -> Result<()> {
        let rung = BTreeMap::from([("bell", BTreeMap::from([("text", input.text)]))]);
        ctx.group("bell").send_addressed(&rung).await
    }

    async fn returns_data_only(&self, _ctx: &Context) -> Result<ReturnsDataOnlyOutput> {
        Ok(ReturnsDataOnlyOutput { no: "status".to_owned() })
    }

    async fn returns_date(&self, _ctx: &Context) -> Result<ReturnsDateOutput> {
        let day = "2024-02-29".parse().map_err(|_| Error::internal("a day that is none"))?;
        Ok(ReturnsDateOutput { day })
    }

    async fn raises_validation_error(&self, _ctx: &Context, input: RaisesValidationErrorInput) -> Result<()> {
        let detail = match &input.detail {
            Some(json) => detail(json)?,
            None => Detail::text("Invalid input."),
        };
        Err(Error::Validation(detail))
    }

    async fn sync_raises_validation_error(&self, _ctx: &Context) -> Result<()> {
        Err(Error::field("field", "wrong"))
    }

    async fn raises_api(&self, _ctx: &Context, input: RaisesApiInput) -> Result<()> {
        Err(api_exception(&input.name, input.args.into_iter().flatten().next().as_ref())?)
    }

    async fn raises_http404(&self, _ctx: &Context, _input: RaisesHttp404Input) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn raises_django_permission_denied(&self, _ctx: &Context) -> Result<()> {
        Err(Error::PermissionDenied)
    }

    async fn raises_django_validation_error(&self, _ctx: &Context) -> Result<()> {
        Err(Error::invalid("django says wrong"))
    }

    async fn raises_plain(&self, _ctx: &Context) -> Result<()> {
        panic!("a scenario wants it so")
    }

    async fn sync_raises_plain(&self, _ctx: &Context) -> Result<()> {
        Err(Error::internal("plain"))
    }

    async fn slow(&self, _ctx: &Context, input: Nap) -> Result<Slept> {
        nap(input).await
    }

    async fn slow_detached(&self, _ctx: &Context, input: Nap) -> Result<Slept> {
        nap(input).await
    }

    async fn detached_validation_error(&self, _ctx: &Context) -> Result<()> {
        Err(Error::Validation(Detail::text("detached and wrong")))
    }

    async fn detached_plain(&self, _ctx: &Context) -> Result<()> {
        panic!("a scenario wants it so")
    }
}

fn some_message() -> BTreeMap<String, String> {
    BTreeMap::from([("response with".to_owned(), "some message".to_owned())])
}

pub(super) async fn nap(nap: Nap) -> Result<Slept> {
    let seconds = Duration::try_from_secs_f64(nap.seconds)
        .map_err(|_| Error::field("seconds", "Ensure this value is greater than or equal to 0."))?;
    tokio::time::sleep(seconds).await;
    Ok(Slept { slept: nap.seconds })
}

/// The detail of an exception, out of any JSON: texts, lists and objects of them.
fn detail(json: &Json) -> Result<Detail> {
    Ok(match json.as_str().as_bytes().first() {
        Some(b'{') => {
            let entries = json.entries()?.into_iter();
            Detail::Map(entries.map(|(key, value)| Ok((key, detail(&value)?))).collect::<Result<_>>()?)
        }
        Some(b'[') => Detail::List(json.items()?.iter().map(detail).collect::<Result<_>>()?),
        Some(b'"') => Detail::Text(json.parse()?),
        _ => Detail::text(json.as_str()),
    })
}

/// DRF's exceptions, by name; the first argument is the detail, or what the text is about.
fn api_exception(name: &str, argument: Option<&Json>) -> Result<Error> {
    let about = |text: &str| argument.map_or_else(|| Ok(text.to_owned()), Json::parse);
    let (status, text) = match name {
        "ParseError" => (400, "Malformed request.".to_owned()),
        "AuthenticationFailed" => (401, "Incorrect authentication credentials.".to_owned()),
        "NotAuthenticated" => return Ok(Error::NotAuthenticated),
        "PermissionDenied" if argument.is_none() => return Ok(Error::PermissionDenied),
        "PermissionDenied" => (403, String::new()),
        "NotFound" => (404, "Not found.".to_owned()),
        "MethodNotAllowed" => return Ok(Error::MethodNotAllowed(about("GET")?)),
        "NotAcceptable" => (406, "Could not satisfy the request Accept header.".to_owned()),
        "UnsupportedMediaType" => {
            let detail = Detail::Text(format!("Unsupported media type \"{}\" in request.", about("")?));
            return Ok(Error::Api { status: 415, detail });
        }
        "Throttled" => {
            let wait = argument.map(Json::parse::<f64>).transpose()?.map(|seconds| seconds.ceil() as u32);
            return Ok(Error::Throttled { wait });
        }
        _ => (500, "A server error occurred.".to_owned()),
    };
    let detail = argument.map_or_else(|| Ok(Detail::Text(text)), detail)?;
    Ok(Error::Api { status, detail })
}
