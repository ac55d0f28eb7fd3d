//! The streams that are HTTP services: they answer as Django REST Framework's views of the recorded site do.

use axum::body::Bytes;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Extension, Router};
use conformance::models::{NewUser, User, UserChanges};
use conformance::{EchoViewHandler, ExoticViewHandler, UserDetailViewHandler, UserViewHandler};
use dcrf_runtime::{Context, Db, Error, Identity, Model as _, Result, View, ViewFrame};
use serde_json::{Map, Value, json};

use super::App;

fn answer(status: StatusCode, data: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], data.to_string()).into_response()
}

fn detail(status: StatusCode, text: &str) -> Response {
    answer(status, &json!({ "detail": text }))
}

fn not_allowed(method: &Method) -> Response {
    detail(StatusCode::METHOD_NOT_ALLOWED, &format!("Method \"{method}\" not allowed."))
}

impl EchoViewHandler for App {
    async fn view(&self, ctx: &Context) -> Result<View> {
        let db = ctx.db().clone();
        let echo = move |method: Method,
                         user: Extension<Identity>,
                         frame: Extension<ViewFrame>,
                         body: Bytes| { echo(db.clone(), method, user.0, frame.0, body) };
        Ok(View::new(Router::new().route("/", any(echo))))
    }
}

async fn echo(db: Db, method: Method, user: Identity, frame: ViewFrame, body: Bytes) -> Response {
    let query: Map<String, Value> = frame.query.parse().unwrap_or_default();
    let lists = query.into_iter().map(|(key, value)| match value {
        Value::Array(values) => (key, Value::Array(values)),
        value => (key, json!([value])),
    });
    let key = user.id().and_then(|id| id.parse().ok());
    let name = match key {
        Some(key) => User::objects(&db).get(key).await.map(|user| user.username).ok(),
        None => None,
    };
    let said = json!({
        "method": method.as_str(),
        "query": lists.collect::<Map<_, _>>(),
        "parameters": frame.parameters.parse::<Value>().unwrap_or_default(),
        "data": serde_json::from_slice::<Value>(&body).unwrap_or_else(|_| json!({})),
        "user": name.as_deref().unwrap_or("AnonymousUser"),
    });
    answer(StatusCode::OK, &said)
}

impl ExoticViewHandler for App {
    async fn view(&self, _: &Context) -> Result<View> {
        Ok(View::new(Router::new().route("/", any(exotic))))
    }
}

async fn exotic(method: Method) -> Response {
    match method {
        Method::GET => answer(StatusCode::OK, &json!({"day": "2024-02-29", "price": 1.5})),
        Method::PUT => [0xff_u8, 0xfe, 0x00].into_response(),
        Method::PATCH => (StatusCode::ACCEPTED, "plain text").into_response(),
        _ => panic!("a view that fails"),
    }
}

fn shown(user: &User) -> Value {
    json!({"id": user.id, "username": user.username, "email": user.email})
}

impl UserViewHandler for App {
    async fn view(&self, ctx: &Context) -> Result<View> {
        let db = ctx.db().clone();
        let all = move |method: Method, frame: Extension<ViewFrame>, body: Bytes| {
            users(db.clone(), method, frame.0, body)
        };
        Ok(View::new(Router::new().route("/", any(all))))
    }
}

async fn users(db: Db, method: Method, frame: ViewFrame, body: Bytes) -> Response {
    match method {
        Method::GET => match User::objects(&db).list().await {
            Ok(users) => answer(StatusCode::OK, &users.iter().map(shown).collect()),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        Method::PUT => create(&db, &body).await,
        Method::PATCH => user(db, method, frame, body).await,
        method => not_allowed(&method),
    }
}

async fn create(db: &Db, body: &[u8]) -> Response {
    let data: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(username) = data["username"].as_str().map(str::to_owned) else {
        return answer(StatusCode::BAD_REQUEST, &json!({"username": ["This field is required."]}));
    };
    let new = NewUser {
        username,
        email: data["email"].as_str().map(str::to_owned),
        password: "!".to_owned(),
        first_name: None,
        last_name: None,
        is_staff: None,
        is_superuser: None,
        is_active: None,
        last_login: None,
    };
    match User::objects(db).create(new).await {
        Ok(user) => answer(StatusCode::CREATED, &shown(&user)),
        Err(Error::Validation(_)) => {
            let taken = json!({"username": ["A user with that username already exists."]});
            answer(StatusCode::BAD_REQUEST, &taken)
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl UserDetailViewHandler for App {
    async fn view(&self, ctx: &Context) -> Result<View> {
        let db = ctx.db().clone();
        let one = move |method: Method, frame: Extension<ViewFrame>, body: Bytes| {
            user(db.clone(), method, frame.0, body)
        };
        Ok(View::new(Router::new().route("/", any(one))))
    }
}

async fn user(db: Db, method: Method, frame: ViewFrame, body: Bytes) -> Response {
    if method == Method::POST {
        return not_allowed(&method);
    }
    let parameters: Value = frame.parameters.parse().unwrap_or_default();
    let key = match &parameters["pk"] {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let Some(key) = key else { return detail(StatusCode::NOT_FOUND, "Not found.") };
    let done = match method {
        Method::DELETE => {
            User::objects(&db).delete(key).await.map(|()| StatusCode::NO_CONTENT.into_response())
        }
        Method::PATCH => {
            let data: Value = serde_json::from_slice(&body).unwrap_or_default();
            let text = |name: &str| data[name].as_str().map(str::to_owned);
            let changes =
                UserChanges { username: text("username"), email: text("email"), ..UserChanges::default() };
            User::objects(&db).update(key, changes).await.map(|user| answer(StatusCode::OK, &shown(&user)))
        }
        _ => User::objects(&db).get(key).await.map(|user| answer(StatusCode::OK, &shown(&user))),
    };
    done.unwrap_or_else(|error| match error {
        Error::NotFound => detail(StatusCode::NOT_FOUND, "No User matches the given query."),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    })
}
