//! The streams `perm_…`: three actions each, and permissions that let them be or not.

use conformance::models::User;
use conformance::{
    OpenHandler, PermAndHandler, PermAnyHandler, PermAuthHandler, PermChainHandler, PermDrfAdminHandler,
    PermDrfAndHandler, PermDrfAuthHandler, PermDrfNotAuthHandler, PermDrfOrHandler, PermDrfReadOnlyHandler,
    PermDrfShowsHandler, PermEvenHandler, PermMixedHandler, PermNoConnectHandler, PermNobodyHandler,
    PermNoneHandler, PermNotHandler, PermOrHandler, PermOrNoConnectHandler, PermRaisesHandler,
    PermTwoHandler, PermUndecidedHandler, RefusedHandler,
};
use dcrf_runtime::{Context, Detail, Error, Model as _, Request, Result};

use super::App;

/// A probe of each handler, with its permissions and what they say of connections.
macro_rules! probes {
    ($($handler:ident: $($permission:ident)* $(, $connect:ident = $may:ident)?;)*) => {$(
        impl $handler for App {
            async fn probe(&self, _ctx: &Context) -> Result<String> {
                Ok("allowed".to_owned())
            }

            async fn list(&self, _ctx: &Context) -> Result<String> {
                Ok("allowed".to_owned())
            }

            async fn create(&self, _ctx: &Context) -> Result<String> {
                Ok("allowed".to_owned())
            }

            $(async fn $permission(&self, ctx: &Context, request: &Request<'_>) -> Result<bool> {
                $permission(ctx, request).await
            })*

            $(async fn $connect(&self, ctx: &Context) -> Result<bool> {
                $may(ctx).await
            })?
        }
    )*};
}

probes! {
    PermAnyHandler:;
    PermNoneHandler:;
    PermAuthHandler:;
    PermNobodyHandler: nobody;
    PermUndecidedHandler: undecided;
    PermNoConnectHandler: no_connect, no_connect_connect = never;
    PermEvenHandler: only_even;
    PermRaisesHandler: raises;
    PermTwoHandler:;
    PermAndHandler: only_even;
    PermOrHandler: only_even;
    PermOrNoConnectHandler: no_connect only_even, no_connect_connect = never;
    PermNotHandler: nobody;
    PermMixedHandler: only_even;
    PermChainHandler: nobody only_even;
    PermDrfAuthHandler: drf_authenticated, drf_authenticated_connect = somebody;
    PermDrfNotAuthHandler: drf_authenticated;
    PermDrfReadOnlyHandler: drf_read_only;
    PermDrfAdminHandler: drf_admin, drf_admin_connect = staff;
    PermDrfOrHandler: drf_authenticated, drf_authenticated_connect = somebody;
    PermDrfAndHandler: drf_authenticated, drf_authenticated_connect = somebody;
    PermDrfShowsHandler: drf_shows_method;
    OpenHandler:;
    RefusedHandler: no_connect, no_connect_connect = never;
}

async fn nobody(_ctx: &Context, _request: &Request<'_>) -> Result<bool> {
    Ok(false)
}

/// DCRF's `BasePermission` as it is says nothing, which is no.
async fn undecided(_ctx: &Context, _request: &Request<'_>) -> Result<bool> {
    Ok(false)
}

async fn no_connect(_ctx: &Context, _request: &Request<'_>) -> Result<bool> {
    Ok(true)
}

async fn never(_ctx: &Context) -> Result<bool> {
    Ok(false)
}

/// Looks into the frame: the key `n` must be even.
async fn only_even(_ctx: &Context, request: &Request<'_>) -> Result<bool> {
    let number: i64 = match request.argument("n") {
        Some(raw) => {
            serde_json::from_str(raw.get()).map_err(|_| Error::field("n", "A valid integer is required."))?
        }
        None => 0,
    };
    Ok(number % 2 == 0)
}

async fn raises(_ctx: &Context, _request: &Request<'_>) -> Result<bool> {
    Err(Error::NotAuthenticated)
}

/// `rest_framework.permissions.IsAuthenticated`: it refuses the handshake, too.
async fn drf_authenticated(ctx: &Context, _request: &Request<'_>) -> Result<bool> {
    Ok(ctx.user().is_authenticated())
}

async fn somebody(ctx: &Context) -> Result<bool> {
    Ok(ctx.user().is_authenticated())
}

/// `rest_framework.permissions.IsAuthenticatedOrReadOnly`.
async fn drf_read_only(ctx: &Context, request: &Request<'_>) -> Result<bool> {
    Ok(method(request) == "GET" || ctx.user().is_authenticated())
}

/// `rest_framework.permissions.IsAdminUser`.
async fn drf_admin(ctx: &Context, _request: &Request<'_>) -> Result<bool> {
    staff(ctx).await
}

async fn staff(ctx: &Context) -> Result<bool> {
    match user(ctx).await? {
        Some(user) => Ok(user.is_staff),
        None => Ok(false),
    }
}

/// Refuses, and names what it saw; the method of handshakes is let through.
async fn drf_shows_method(ctx: &Context, request: &Request<'_>) -> Result<bool> {
    if method(request) == "HEAD" {
        return Ok(true);
    }
    let name = user(ctx).await?.map_or_else(|| "AnonymousUser".to_owned(), |user| user.username);
    let detail = Detail::Text(format!("saw {} {name}", method(request)));
    Err(Error::Api { status: 403, detail })
}

/// The HTTP method that stands for an action when a permission of Django REST Framework is asked.
fn method(request: &Request<'_>) -> String {
    match request.action() {
        "connect" => "HEAD".to_owned(),
        "create" => "PUT".to_owned(),
        "update" => "PATCH".to_owned(),
        "list" | "retrieve" => "GET".to_owned(),
        other => other.to_uppercase(),
    }
}

/// The row of whoever is asking.
pub(super) async fn user(ctx: &Context) -> Result<Option<User>> {
    match ctx.user().id().map(str::parse) {
        Some(Ok(id)) => User::objects(ctx.db()).get(id).await.map(Some),
        Some(Err(_)) => Err(Error::internal("the key of a user is a number")),
        None => Ok(None),
    }
}
