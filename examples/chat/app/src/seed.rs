//! What the example begins with.

use chat::models::{NewRoom, NewUser, Room, User};
use dcrf_runtime::{Db, Model as _, Result, password};

/// The users of the example, and their passwords.
const USERS: [(&str, &str); 2] = [("alice", "wonderland"), ("bob", "builder")];

/// Makes two users and a room where there is nobody yet.
pub(crate) async fn prepare(db: Db) -> Result<()> {
    if User::objects(&db).list().await?.is_empty() {
        let mut hosts = Vec::new();
        for (username, password) in USERS {
            let password = password::hash(password).await?;
            let user = NewUser { username: username.to_owned(), password };
            hosts.push(User::objects(&db).create(user).await?.id);
        }
        let lobby = NewRoom { name: "Lobby".to_owned(), host: hosts[0] };
        Room::objects(&db).create(lobby).await?;
        eprintln!("Log in as alice (wonderland) or bob (builder).");
    }
    Ok(())
}
