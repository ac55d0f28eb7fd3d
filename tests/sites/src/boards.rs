//! The site `boards`: `peer/boards_site.py` is what it has to answer like.

use boards_site::consumers::{
    FEED_NOTE_ACTIVITY_OBSERVER, InviteInput, InviteOutput, PreviewCardOutput, PreviewNoteOutput,
    WatchNotesInput, WatchNotesOutput, WatchQuietlyInput,
};
use boards_site::models::{Board, Card, CardChanges, Member, NewNote, Note};
use boards_site::serializers::{
    BOARD_LIST_SERIALIZER, BoardRenamePatch, CardCreate, NewBoardCreate, NoteCreate,
};
use boards_site::{BoardHandler, CardHandler, FeedHandler};
use dcrf_replay::{Application, Tables};
use dcrf_runtime::condition::Filter;
use dcrf_runtime::crud::ListInput;
use dcrf_runtime::{
    Context, Error, Json, Model as _, Notice, Reply, Request, Result, RowEvent, Service, mixins,
};
use serde_json::json;

use crate::authenticator::Named;

/// The application of the site, with its tables.
pub const BOARDS: Application = Application {
    service,
    tables: &Tables {
        models: &[Member::META, Board::META, Card::META, Note::META],
        links: &[("boards_members", [("board", "board_id"), ("member", "member_id")])],
    },
    is_multiplexed: |path| path == "/ws/",
    waits_for: &["feed"],
};

/// The group of everybody at the feed.
const FEED: &str = "feed";

struct App;

fn service() -> Service {
    boards_site::service(App).authenticator(Named {
        name: |parts| parts.uri.query()?.strip_prefix("user=").map(str::to_owned),
        sql: r#"SELECT CAST("id" AS TEXT) FROM "members" WHERE "username" = $1"#,
        is_subprotocol: false,
    })
}

fn me(ctx: &Context) -> Option<i64> {
    ctx.user().id().and_then(|id| id.parse().ok())
}

/// Tells the connections of another consumer, in their group.
async fn tell(ctx: &Context, event: &str, board: i64, name: &str) -> Result<()> {
    let notice = json!({"event": event, "board": board, "name": name});
    ctx.group_of("feed", FEED).send_json(&notice).await
}

impl BoardHandler for App {
    async fn card_count(&self, ctx: &Context, row: &Board) -> Result<i64> {
        let count = Card::objects(ctx.db()).filter(Card::BOARD.eq(row.id)).count().await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    async fn validate_new_board_name(&self, _: &Context, value: String) -> Result<String> {
        if value.starts_with('_') {
            return Err(Error::invalid("A name does not begin with an underscore."));
        }
        Ok(value)
    }

    async fn is_board_owner(&self, ctx: &Context, _: &Request<'_>) -> Result<bool> {
        let Some(me) = me(ctx) else { return Ok(false) };
        // A key of another type is not the key of a row.
        let Ok(Some(key)) = ctx.argument::<i64>("pk") else { return Ok(true) };
        let board = Board::objects(ctx.db()).filter(Board::ID.eq(key)).first().await?;
        Ok(board.is_none_or(|board| board.owner == me))
    }

    async fn queryset(&self, ctx: &Context) -> Result<Filter<Board>> {
        let Some(me) = me(ctx) else { return Ok(Filter::none()) };
        let boards = Board::OWNER.eq(me) | Board::ID.is_in(Member::BOARDS.keys(ctx.db(), me).await?);
        Ok(match ctx.argument::<bool>("archived")? {
            Some(archived) => boards & Board::ARCHIVED.eq(archived),
            None => boards,
        })
    }

    async fn list(&self, ctx: &Context, _: ListInput) -> Result<Reply> {
        let boards = Board::objects(ctx.db()).filter(BoardHandler::queryset(self, ctx).await?).list().await?;
        let boards = ctx.show(&BOARD_LIST_SERIALIZER, boards).await?;
        Reply::json(200, &json!({"count": boards.len(), "boards": boards}))
    }

    async fn create(&self, ctx: &Context, data: NewBoardCreate) -> Result<Board> {
        let board: Board = mixins::create(ctx, data).await?;
        tell(ctx, "board_created", board.id, &board.name).await?;
        Ok(board)
    }

    async fn patch(&self, ctx: &Context, row: Board, data: BoardRenamePatch) -> Result<Board> {
        let board: Board = mixins::patch(ctx, row, data).await?;
        tell(ctx, "board_renamed", board.id, &board.name).await?;
        Ok(board)
    }

    async fn delete(&self, ctx: &Context, row: Board) -> Result<()> {
        let open = Card::objects(ctx.db()).filter(Card::BOARD.eq(row.id) & Card::DONE.eq(false));
        if open.exists().await? {
            return Err(Error::field("cards", "There are open cards."));
        }
        let (key, name) = (row.id, row.name.clone());
        mixins::delete(ctx, row).await?;
        tell(ctx, "board_deleted", key, &name).await
    }

    async fn invite(&self, ctx: &Context, row: Board, input: InviteInput) -> Result<InviteOutput> {
        if Some(row.owner) != me(ctx) {
            return Err(Error::PermissionDenied);
        }
        Board::MEMBERS.add(ctx.db(), row.id, input.member).await?;
        Ok(InviteOutput { members: Board::MEMBERS.keys(ctx.db(), row.id).await? })
    }
}

impl CardHandler for App {
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Card>> {
        // Django takes `"1"` for 1.
        let board = match ctx.argument::<Json>("board")? {
            None => return Ok(Filter::all()),
            Some(json) => json.parse::<i64>().or_else(|_| json.parse::<String>()?.parse().map_err(wrong))?,
        };
        Ok(Card::BOARD.eq(board))
    }

    async fn perform_create(&self, ctx: &Context, mut values: CardChanges) -> Result<CardChanges> {
        let key = values.board.ok_or_else(|| Error::field("board", "This field is required."))?;
        if Board::objects(ctx.db()).get(key).await?.archived {
            return Err(Error::field("board", "This board is archived."));
        }
        let count = Card::objects(ctx.db()).filter(Card::BOARD.eq(key)).count().await?;
        values.position = Some(i64::try_from(count).unwrap_or(i64::MAX) + 1);
        Ok(values)
    }

    async fn perform_update(&self, _: &Context, row: Card, mut values: CardChanges) -> Result<CardChanges> {
        values.edits = Some(row.edits + 1);
        Ok(values)
    }

    async fn perform_destroy(&self, _: &Context, row: Card) -> Result<()> {
        if row.done { Err(Error::invalid("A card that is done stays.")) } else { Ok(()) }
    }

    async fn add_note(&self, ctx: &Context, row: Card, data: NoteCreate) -> Result<Note> {
        let author = me(ctx).ok_or(Error::NotAuthenticated)?;
        let note = NewNote { card: row.id, text: data.text, stars: Some(data.stars), author };
        Note::objects(ctx.db()).create(note).await
    }

    async fn preview_card(&self, ctx: &Context, data: CardCreate) -> Result<PreviewCardOutput> {
        let board = Board::objects(ctx.db()).get(data.board).await?;
        Ok(PreviewCardOutput { title: data.title, board: board.name })
    }

    async fn preview_note(&self, _: &Context, data: NoteCreate) -> Result<PreviewNoteOutput> {
        Ok(PreviewNoteOutput { text: data.text, stars: data.stars })
    }
}

fn wrong(_: std::num::ParseIntError) -> Error {
    Error::field("board", "A valid integer is required.")
}

impl FeedHandler for App {
    async fn connected(&self, ctx: &Context) -> Result<()> {
        ctx.group(FEED).join().await
    }

    async fn watch_notes(&self, ctx: &Context, input: WatchNotesInput) -> Result<WatchNotesOutput> {
        FEED_NOTE_ACTIVITY_OBSERVER.subscribe(ctx, [input.card.to_string()]).await?;
        Ok(WatchNotesOutput { watching: input.card })
    }

    async fn watch_quietly(&self, ctx: &Context, input: WatchQuietlyInput) -> Result<()> {
        FEED_NOTE_ACTIVITY_OBSERVER.subscribe(ctx, [input.card.to_string()]).await
    }

    async fn note_activity_groups(&self, row: Note) -> Result<Vec<String>> {
        Ok(vec![row.card.to_string()])
    }

    async fn card_activity_message(&self, event: RowEvent<Card>) -> Result<Notice> {
        let card = json!({"id": event.row.id, "title": event.row.title, "done": event.row.done});
        Ok(Notice::Frame(Json::new(&json!({"card": card, "event": event.action.as_str()}))?))
    }

    async fn note_activity_message(&self, event: RowEvent<Note>) -> Result<Notice> {
        let frame = json!({"note": event.data, "event": event.action.as_str()});
        Ok(Notice::Frame(Json::new(&frame)?))
    }
}
