//! `/ws/_reset/`: every table is emptied and filled with the rows of a scenario, as they are.
//!
//! ```text
//! -> {"action": "reset", "request_id": 0, "tables": {"users": [{"id": 1, ...}], ...}}
//! <- {"errors": [], "data": null, "action": "reset", "response_status": 200, "request_id": 0}
//! ```

use conformance::ResetHandler;
use conformance::consumers::ResetInput;
use conformance::models::{
    Category, Comment, Group, Message, Order, OrderItem, Placement, Right, Room, Specimen, Tag, Thing, User,
};
use dcrf_replay::Tables;
use dcrf_runtime::{Context, Model as _, Result};

use crate::App;

/// The tables that scenarios fill.
pub static TABLES: Tables = Tables {
    models: &[
        Group::META,
        Right::META,
        User::META,
        Comment::META,
        Room::META,
        Message::META,
        Thing::META,
        Category::META,
        Tag::META,
        Specimen::META,
        Placement::META,
        Order::META,
        OrderItem::META,
    ],
    links: &[
        ("rooms_current_users", [("room", "room_id"), ("user", "user_id")]),
        ("specimens_tags", [("specimen", "specimen_id"), ("tag", "tag_id")]),
    ],
};

impl ResetHandler for App {
    async fn reset(&self, ctx: &Context, input: ResetInput) -> Result<()> {
        let tables = input.tables.flatten().map_or(Ok(Vec::new()), |tables| tables.entries())?;
        TABLES.fill(ctx.db(), &tables).await
    }
}
