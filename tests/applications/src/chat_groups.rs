//! Chats of several users: who is a member sees the chat, its messages and its other members.

use chat_groups::consumers::MessageActivityInput;
use chat_groups::models::{Chat, ChatChanges, Message, MessageChanges, Token, User};
use chat_groups::serializers::ChatCreate;
use chat_groups::{ChatHandler, MessageHandler, UserHandler};
use dcrf_runtime::condition::Filter;
use dcrf_runtime::{
    Context, Db, Error, Identity, Model as _, Notice, Result, RowEvent, Service, auth, mixins,
};

use crate::frames::changed;

/// The application.
#[derive(Debug)]
struct App;

/// Returns the service, whose tokens are rows of a table.
pub fn service() -> Service {
    chat_groups::service(App).authenticator(auth::Token::new(|key: String, db: Db| async move {
        let token = Token::objects(&db).filter(Token::KEY.eq(key)).first().await?;
        Ok(token.map(|token| Identity::user(token.user.to_string())))
    }))
}

impl ChatHandler for App {
    async fn last_message(&self, ctx: &Context, row: &Chat) -> Result<Option<Message>> {
        Message::objects(ctx.db()).filter(Message::CHAT.eq(row.id)).last().await
    }

    async fn unread_count(&self, ctx: &Context, row: &Chat) -> Result<i64> {
        let others = Message::CREATED_BY.is_null() | Message::CREATED_BY.ne(ctx.user().key::<User>()?);
        let unread = Message::CHAT.eq(row.id) & Message::READ.eq(false) & others;
        let count = Message::objects(ctx.db()).filter(unread).count().await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    async fn create(&self, ctx: &Context, data: ChatCreate) -> Result<Chat> {
        let chat: Chat = mixins::create(ctx, data).await?;
        Chat::USERS.add(ctx.db(), chat.id, ctx.user().key::<User>()?).await?;
        Ok(chat)
    }

    async fn perform_create(&self, ctx: &Context, mut values: ChatChanges) -> Result<ChatChanges> {
        values.created_by = Some(Some(ctx.user().key::<User>()?));
        Ok(values)
    }

    async fn queryset(&self, ctx: &Context) -> Result<Filter<Chat>> {
        Ok(Chat::ID.is_in(own_chats(ctx).await?))
    }

    async fn message_activity_groups(&self, row: Message) -> Result<Vec<String>> {
        Ok(vec![group(row.chat)])
    }

    async fn message_activity_groups_for(
        &self,
        ctx: &Context,
        input: MessageActivityInput,
    ) -> Result<Vec<String>> {
        if !own_chats(ctx).await?.contains(&input.id) {
            return Err(Error::PermissionDenied);
        }
        Ok(vec![group(input.id)])
    }

    async fn message_activity_message(&self, event: RowEvent<Message>) -> Result<Notice> {
        changed(event)
    }
}

impl MessageHandler for App {
    async fn perform_create(&self, ctx: &Context, mut values: MessageChanges) -> Result<MessageChanges> {
        values.created_by = Some(Some(ctx.user().key::<User>()?));
        Ok(values)
    }

    async fn queryset(&self, ctx: &Context) -> Result<Filter<Message>> {
        let own = Message::CHAT.is_in(own_chats(ctx).await?);
        Ok(match ctx.argument::<i64>("chat")? {
            Some(chat) => own & Message::CHAT.eq(chat),
            None => own,
        })
    }
}

impl UserHandler for App {
    /// The members of the chat that the frame names, or everybody.
    async fn queryset(&self, ctx: &Context) -> Result<Filter<User>> {
        let members = match ctx.argument::<i64>("chat")? {
            Some(chat) if !own_chats(ctx).await?.contains(&chat) => Vec::new(),
            Some(chat) => Chat::USERS.keys(ctx.db(), chat).await?,
            None => return Ok(Filter::all()),
        };
        Ok(User::ID.is_in(members))
    }
}

/// Returns the name of the group of a chat.
fn group(chat: i64) -> String {
    format!("chat_{chat}")
}

/// Returns the keys of the chats of which the user is a member.
async fn own_chats(ctx: &Context) -> Result<Vec<i64>> {
    User::CHATS.keys(ctx.db(), ctx.user().key::<User>()?).await
}
