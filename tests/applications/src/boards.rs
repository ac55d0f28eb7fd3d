//! Boards with tasks: whoever watches a board hears of its tasks from their consumer, and notifications come to the
//! sockets of users from the consumer of boards.

use boards::models::{
    Board, Column, NewNotification, Notification, NotificationChanges, Task, TaskChanges, User, WorkSpace,
};
use boards::serializers::{
    BoardCreate, NOTIFICATION_LIST_SERIALIZER, TASK_SERIALIZER, TaskCreateCreate, TaskPatch,
};
use boards::{BoardHandler, NotificationHandler, TaskHandler};
use dcrf_runtime::condition::Filter;
use dcrf_runtime::{Context, Error, Model as _, Result, Service, mixins};
use serde_json::{Value, json};

use crate::users::tokens;

/// The application.
#[derive(Debug)]
struct App;

/// Returns the service.
pub fn service() -> Service {
    boards::service(App).authenticator(tokens())
}

impl BoardHandler for App {
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Board>> {
        of_own_workspaces(ctx)
    }

    async fn create(&self, ctx: &Context, data: BoardCreate) -> Result<Board> {
        let own = WorkSpace::ID.eq(data.workspace) & WorkSpace::USERS.has(ctx.user().key::<User>()?);
        if !WorkSpace::objects(ctx.db()).filter(own).exists().await? {
            return Err(Error::PermissionDenied);
        }
        let board: Board = mixins::create(ctx, data).await?;
        notify(ctx, &board).await?;
        Ok(board)
    }

    async fn subscribe(&self, ctx: &Context, row: Board) -> Result<()> {
        ctx.group(of_board(row.id)).join().await
    }
}

impl TaskHandler for App {
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Task>> {
        Ok(Task::COLUMN.related(Column::BOARD.related(of_own_workspaces(ctx)?)))
    }

    async fn create(&self, ctx: &Context, data: TaskCreateCreate) -> Result<Task> {
        let board = board_of(ctx, data.column).await?;
        let task: Task = mixins::create(ctx, data).await?;
        tell_board(ctx, board, "create_task", &shown(ctx, task.clone()).await?).await?;
        Ok(task)
    }

    async fn perform_create(&self, ctx: &Context, mut values: TaskChanges) -> Result<TaskChanges> {
        let column = values.column.unwrap_or_default();
        values.index = Some(number_of_tasks(ctx, column).await?);
        Ok(values)
    }

    async fn patch(&self, ctx: &Context, row: Task, mut data: TaskPatch) -> Result<Task> {
        let to = data.column.unwrap_or(row.column);
        let board = board_of(ctx, to).await?;
        let index = data.index.unwrap_or(row.index);
        if (to, index) != (row.column, row.index) {
            shift(ctx, Task::COLUMN.eq(row.column) & Task::INDEX.gt(row.index), -1).await?;
            let own = i64::from(to == row.column);
            let index = index.min(number_of_tasks(ctx, to).await? - own);
            shift(ctx, Task::COLUMN.eq(to) & Task::INDEX.gte(index) & Task::ID.ne(row.id), 1).await?;
            data.index = Some(index);
        }
        let task: Task = mixins::patch(ctx, row, data).await?;
        let data = shown(ctx, task.clone()).await?;
        ctx.group(of_task(task.id)).send_json(&json!({"action": "update_task", "data": data})).await?;
        tell_board(ctx, board, "update_task", &data).await?;
        Ok(task)
    }

    async fn delete(&self, ctx: &Context, row: Task) -> Result<()> {
        let (id, board) = (row.id, board_of(ctx, row.column).await?);
        shift(ctx, Task::COLUMN.eq(row.column) & Task::INDEX.gt(row.index), -1).await?;
        mixins::delete(ctx, row).await?;
        tell_board(ctx, board, "delete_task", &json!({"id": id})).await
    }

    async fn subscribe(&self, ctx: &Context, row: Task) -> Result<()> {
        ctx.group(of_task(row.id)).join().await
    }
}

impl NotificationHandler for App {
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Notification>> {
        Ok(Notification::RECIPIENTS.has(ctx.user().key::<User>()?))
    }

    async fn connected(&self, ctx: &Context) -> Result<()> {
        // An anonymous connection gets no notifications, and may stay for the other streams.
        let Ok(user) = ctx.user().key::<User>() else { return Ok(()) };
        ctx.group(of_user(user)).join().await
    }

    async fn read_all(&self, ctx: &Context) -> Result<Vec<Notification>> {
        let own = NotificationHandler::queryset(self, ctx).await?;
        let unread = own & Notification::READ.eq(false);
        let mut read = Vec::new();
        for row in Notification::objects(ctx.db()).filter(unread).list_for_update().await? {
            let changes = NotificationChanges { read: Some(true), ..Default::default() };
            read.push(Notification::objects(ctx.db()).update(row.id, changes).await?);
        }
        Ok(read)
    }
}

fn of_board(board: i64) -> String {
    format!("board_{board}")
}

fn of_task(task: i64) -> String {
    format!("task_{task}")
}

fn of_user(user: i64) -> String {
    format!("user_{user}")
}

fn of_own_workspaces(ctx: &Context) -> Result<Filter<Board>> {
    Ok(Board::WORKSPACE.related(WorkSpace::USERS.has(ctx.user().key::<User>()?)))
}

/// Returns the board of a column of the user's; an error of the field `column` if there is none.
async fn board_of(ctx: &Context, column: i64) -> Result<i64> {
    let own = Column::ID.eq(column) & Column::BOARD.related(of_own_workspaces(ctx)?);
    let found = Column::objects(ctx.db()).filter(own).first().await?;
    let unknown = || Error::field("column", format!("Invalid pk \"{column}\" - object does not exist."));
    found.map(|column| column.board).ok_or_else(unknown)
}

async fn number_of_tasks(ctx: &Context, column: i64) -> Result<i64> {
    let count = Task::objects(ctx.db()).filter(Task::COLUMN.eq(column)).count().await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Moves tasks within their column.
async fn shift(ctx: &Context, tasks: Filter<Task>, by: i64) -> Result<()> {
    Task::objects(ctx.db()).filter(tasks).patch([Task::INDEX.add(by)]).await.map(drop)
}

async fn shown(ctx: &Context, task: Task) -> Result<Value> {
    Ok(json!(ctx.show(&TASK_SERIALIZER, vec![task]).await?.first()))
}

/// Sends a frame to everybody who watches a board, which is another stream.
async fn tell_board(ctx: &Context, board: i64, action: &str, data: &Value) -> Result<()> {
    let frame = json!({"action": action, "data": data});
    ctx.group_of("boards", of_board(board)).send_json(&frame).await
}

/// Notifies the other users of a workspace of a new board.
async fn notify(ctx: &Context, board: &Board) -> Result<()> {
    let me = ctx.user().key::<User>()?;
    let users = WorkSpace::USERS.keys(ctx.db(), board.workspace).await?;
    let others: Vec<i64> = users.into_iter().filter(|user| *user != me).collect();
    let text = format!("There is a new board: {}.", board.name);
    let new = NewNotification { text, read: None, board: Some(board.id) };
    let notification = Notification::objects(ctx.db()).create(new).await?;
    Notification::RECIPIENTS.set(ctx.db(), notification.id, others.clone()).await?;
    let data = ctx.show(&NOTIFICATION_LIST_SERIALIZER, vec![notification]).await?;
    let frame = json!({"action": "create", "data": data.first()});
    for user in others {
        ctx.group_of("notifications", of_user(user)).send_json(&frame).await?;
    }
    Ok(())
}
