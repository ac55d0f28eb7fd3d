//! Who may see and do what: the same as `shop/access.py` for Django's views, and the tokens of its users.

use dcrf_runtime::auth::{Token, TokenLookup};
use dcrf_runtime::condition::Filter;
use dcrf_runtime::{Context, Db, Error, Identity, Model as _, Result};
use shop::models::{self, Order, Product, User};

const STAFF: &str = "staff";

/// Reads `?token=`, or `Authorization: Token …`, and looks it up where `rest_framework.authtoken` stores it.
pub(crate) fn tokens() -> Token<impl TokenLookup> {
    Token::new(async |token: String, db: Db| -> Result<Option<Identity>> {
        let by_key = models::Token::objects(&db).filter(models::Token::KEY.eq(token));
        let Some(found) = by_key.first().await? else { return Ok(None) };
        let user = User::objects(&db).get(found.user).await?;
        let identity = Identity::user(user.id.to_string()).with_claim(STAFF, user.is_staff);
        Ok(user.is_active.then_some(identity))
    })
}

pub(crate) fn is_staff(ctx: &Context) -> bool {
    ctx.user().claim(STAFF).unwrap_or(false)
}

/// Returns the key of the user.
pub(crate) fn own_key(ctx: &Context) -> Result<i64> {
    ctx.user().id().and_then(|id| id.parse().ok()).ok_or(Error::PermissionDenied)
}

pub(crate) fn visible_products(ctx: &Context) -> Filter<Product> {
    if is_staff(ctx) { Filter::all() } else { Product::PUBLISHED.eq(true) }
}

pub(crate) fn visible_orders(ctx: &Context) -> Result<Filter<Order>> {
    if is_staff(ctx) { Ok(Filter::all()) } else { Ok(Order::CUSTOMER.eq(own_key(ctx)?)) }
}
