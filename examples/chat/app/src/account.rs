//! Who somebody is: a login, a session in a cookie, and a logout.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chat::models::User;
use dcrf_runtime::auth::SignedCookie;
use dcrf_runtime::{Db, Identity, Model as _, Result, Sessions, Uuid, password};
use serde::{Deserialize, Serialize};

/// A hash of no password: an unknown name takes as long to refuse as a wrong password.
const NOBODY: &str = "pbkdf2_sha256$600000$nobody$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The sessions of users, signed with a key that is kept in a file, so that they outlive the server.
pub(crate) struct Accounts {
    cookie: SignedCookie,
}

/// What the routes need.
struct Routes {
    db: Db,
    cookie: SignedCookie,
    sessions: Sessions,
}

#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
}

#[derive(Serialize)]
struct Me {
    id: i64,
    username: String,
}

impl Accounts {
    /// With the key of this file, which is made if it is not there.
    ///
    /// # Errors
    /// A sentence, if the file can neither be read nor made.
    pub(crate) fn with_key_in(file: &Path) -> Result<Self, String> {
        let failure =
            |what: &str, error: &dyn std::fmt::Display| format!("{what} {}: {error}", file.display());
        let key = match fs::read_to_string(file) {
            Ok(key) => key,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = format!("{}{}", Uuid::random(), Uuid::random());
                write_privately(file, &key).map_err(|error| failure("cannot write", &error))?;
                key
            }
            Err(error) => return Err(failure("cannot read", &error)),
        };
        // The example is served without TLS, on the own machine.
        let cookie =
            SignedCookie::new([key.trim()]).map_err(|error| failure("bad key in", &error))?.insecure();
        Ok(Self { cookie })
    }

    /// What knows who opens a socket.
    pub(crate) fn cookie(&self) -> SignedCookie {
        self.cookie.clone()
    }

    /// `/me`, `/login` and `/logout`.
    pub(crate) fn routes(self, db: Db, sessions: Sessions) -> Router {
        Router::new()
            .route("/me", get(me))
            .route("/login", post(login))
            .route("/logout", post(logout))
            .with_state(Arc::new(Routes { db, cookie: self.cookie, sessions }))
    }
}

/// Makes a file that only its owner can read.
fn write_privately(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

impl Routes {
    async fn user(&self, headers: &HeaderMap) -> Option<User> {
        let identity = self.cookie.read(headers);
        if !self.sessions.allows(&identity) {
            return None;
        }
        let key = identity.id()?.parse().ok()?;
        User::objects(&self.db).get(key).await.ok()
    }

    async fn check(&self, given: Login) -> Result<Option<User>> {
        let user = User::objects(&self.db).filter(User::USERNAME.eq(given.username)).first().await?;
        let hash = match &user {
            Some(user) => user.password.get()?.clone(),
            None => NOBODY.to_owned(),
        };
        let right = password::verify(given.password, hash).await?;
        Ok(user.filter(|_| right))
    }
}

async fn me(State(routes): State<Arc<Routes>>, headers: HeaderMap) -> Response {
    match routes.user(&headers).await {
        Some(User { id, username, .. }) => Json(Me { id, username }).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn login(State(routes): State<Arc<Routes>>, Json(given): Json<Login>) -> Response {
    let user = match routes.check(given).await {
        Ok(Some(user)) => user,
        Ok(None) => return (StatusCode::BAD_REQUEST, "The name or the password is wrong.").into_response(),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let Ok(issued) = routes.cookie.issue(&Identity::user(user.id.to_string())) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let me = Json(Me { id: user.id, username: user.username });
    ([(header::SET_COOKIE, issued.set_cookie)], me).into_response()
}

async fn logout(State(routes): State<Arc<Routes>>, headers: HeaderMap) -> Response {
    routes.sessions.revoke(&routes.cookie.read(&headers));
    ([(header::SET_COOKIE, routes.cookie.end())], StatusCode::NO_CONTENT).into_response()
}
