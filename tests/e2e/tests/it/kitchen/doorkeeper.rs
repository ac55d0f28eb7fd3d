//! What the application says of permissions, rows and connections: who is who is told by their names.

use axum::http::request::Parts;
use dcrf_runtime::condition::Filter;
use dcrf_runtime::dispatch::BoxFuture;
use dcrf_runtime::{Authenticator, Context, Db, Error, Identity, Model as _, Request, Result};
use kitchen::consumers::TallyInput;
use kitchen::models::{Account, Memo, MemoChanges, Team};
use kitchen::{AccountWatchHandler, FolderHandler, GateHandler, MemoHandler, VaultHandler};

use super::app::App;

/// Believes the query: `?ann` is Ann, also before other parameters.
pub(super) struct ByQuery;

impl Authenticator for ByQuery {
    fn authenticate<'a>(&'a self, parts: &'a Parts, _: &'a Db) -> BoxFuture<'a, Result<Identity>> {
        let name = parts.uri.query().and_then(|query| query.split(['&', '=']).next());
        Box::pin(async move { Ok(name.map_or(Identity::Anonymous, Identity::user)) })
    }
}

/// The name of whoever asks; of nobody, "".
fn who(ctx: &Context) -> &str {
    ctx.user().id().unwrap_or_default()
}

/// What an argument is, as JSON.
fn argument<'a>(request: &Request<'a>, name: &str) -> &'a str {
    request.argument(name).map_or("null", |raw| raw.get())
}

impl MemoHandler for App {
    async fn is_unsealed(&self, ctx: &Context, request: &Request<'_>) -> Result<bool> {
        // Loses the right to hear of changes.
        if who(ctx) == "fickle" && request.action() == "update" {
            return Ok(false);
        }
        match argument(request, "say") {
            "\"raise\"" => Err(Error::NotAuthenticated),
            "\"panic\"" => panic!("a test wants it so"),
            said => Ok(said != "\"no\""),
        }
    }

    async fn is_unsealed_row(&self, _ctx: &Context, row: &Memo) -> Result<bool> {
        Ok(!row.sealed)
    }

    async fn is_owner(&self, _ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(true)
    }

    async fn is_owner_row(&self, ctx: &Context, row: &Memo) -> Result<bool> {
        Ok(row.owner == who(ctx))
    }

    async fn is_auditor(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(who(ctx).starts_with("auditor"))
    }

    async fn is_guest(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(who(ctx).ends_with("guest"))
    }

    /// One's own, and those of the team that is called "public".
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Memo>> {
        Ok(Memo::OWNER.eq(who(ctx)) | Memo::TEAM.related(Team::NAME.eq("public")))
    }

    async fn connected(&self, ctx: &Context) -> Result<()> {
        self.tell(format!("{} enters {}", who(ctx), ctx.stream()));
        match who(ctx) {
            "unwelcome" => Err(Error::PermissionDenied),
            "stumbling" => Err(Error::internal("a test wants it so")),
            "slow" => {
                self.wait_for_test("slow enters".to_owned()).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn disconnected(&self, ctx: &Context) -> Result<()> {
        // What it does with the database is part of the promise.
        let count = Memo::objects(ctx.db()).filter(Memo::OWNER.eq(who(ctx))).count().await?;
        self.tell(format!("{} leaves {} with {count}", who(ctx), ctx.stream()));
        Ok(())
    }

    async fn sign(&self, ctx: &Context, row: Memo) -> Result<Memo> {
        let text = format!("{}, signed {}", row.text, who(ctx));
        let changes = MemoChanges { text: Some(text), ..MemoChanges::default() };
        Memo::objects(ctx.db()).update(row.id, changes).await
    }

    async fn stamp(&self, _ctx: &Context, _row: Memo) -> Result<()> {
        Ok(())
    }

    async fn tally(&self, ctx: &Context, input: TallyInput) -> Result<i64> {
        let memos = Memo::objects(ctx.db()).filter(Memo::ID.gte(input.from.unwrap_or(0)));
        Ok(i64::try_from(memos.count().await?).unwrap_or(i64::MAX))
    }
}

impl FolderHandler for App {
    async fn short_memos_queryset(&self, ctx: &Context) -> Result<Filter<Memo>> {
        Ok(Memo::TEXT.starts_with("short") & !Memo::OWNER.eq(who(ctx)))
    }
}

impl AccountWatchHandler for App {
    async fn may_watch(&self, _ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(true)
    }

    /// Whoever is prying wants to know the secret.
    async fn may_watch_row(&self, ctx: &Context, row: &Account) -> Result<bool> {
        Ok(who(ctx) != "prying" || row.secret.get()? == "s")
    }

    /// Whoever is asking, too.
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Account>> {
        Ok(if who(ctx) == "asking" { Account::SECRET.eq("s") } else { Account::ID.gte(0) })
    }
}

impl GateHandler for App {
    async fn has_badge(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(who(ctx).contains("badge"))
    }

    /// A badge is no reason to let somebody in: that nobody says no is one.
    async fn has_badge_connect(&self, _ctx: &Context) -> Result<bool> {
        Ok(false)
    }

    async fn is_banned(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(who(ctx).contains("banned"))
    }

    async fn knock(&self, ctx: &Context) -> Result<String> {
        Ok(format!("who is there? {}", who(ctx)))
    }

    async fn disconnected(&self, ctx: &Context) -> Result<()> {
        self.tell(format!("{} leaves {}", who(ctx), ctx.stream()));
        panic!("a test wants it so")
    }
}

impl VaultHandler for App {
    async fn has_key(&self, _ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(true)
    }

    async fn has_key_connect(&self, ctx: &Context) -> Result<bool> {
        match who(ctx) {
            "raising" => Err(Error::NotAuthenticated),
            "failing" => Err(Error::internal("a secret")),
            "panicking" => panic!("a test wants it so"),
            name => Ok(name.contains("key")),
        }
    }

    async fn connected(&self, ctx: &Context) -> Result<()> {
        self.tell(format!("{} enters {}", who(ctx), ctx.stream()));
        Ok(())
    }

    async fn disconnected(&self, ctx: &Context) -> Result<()> {
        self.tell(format!("{} leaves {}", who(ctx), ctx.stream()));
        Ok(())
    }

    async fn unlock(&self, _ctx: &Context) -> Result<()> {
        Ok(())
    }
}
