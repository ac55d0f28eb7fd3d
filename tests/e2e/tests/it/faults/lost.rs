//! A fault that the judge has to find.

use dcrf_e2e::{App, Database, Server};

use super::world::World;
use crate::on_both_databases;

on_both_databases!(a_write_that_is_lost_is_found);

/// What somebody takes away behind the server's back is found: a judge that finds nothing would prove nothing.
async fn a_write_that_is_lost_is_found(database: Database) {
    let output = Server::migrate(App::Observed, &database).await;
    assert!(output.status.success(), "{output:?}");
    let server = Server::start(App::Observed, &database).await;
    let mut world = World::start(&server, &server).await;
    world.is_back().await;
    let lose = "DELETE FROM comments WHERE text = (SELECT MIN(text) FROM comments)";
    database.transaction(&[lose], true).await;
    let missed = world.judged(&server).await;
    assert!(
        matches!(missed.as_slice(), [one] if one.ends_with("was acknowledged, and is lost")),
        "{missed:?}"
    );
    server.stop().await;
}
