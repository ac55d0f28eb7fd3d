//! The consumer of products.

use dcrf_runtime::condition::Filter;
use dcrf_runtime::{Context, Model as _, Request, Result};
use shop::ProductHandler;
use shop::models::{Order, Product};

use crate::{App, access};

impl ProductHandler for App {
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Product>> {
        Ok(access::visible_products(ctx))
    }

    async fn is_staff(&self, ctx: &Context, _request: &Request<'_>) -> Result<bool> {
        Ok(access::is_staff(ctx))
    }

    /// Deletes what Django's `on_delete=CASCADE` deletes: Django does so in its own code, and the foreign keys of its
    /// tables would refuse the deletion of a product to which other rows refer.
    async fn perform_destroy(&self, ctx: &Context, row: Product) -> Result<()> {
        Order::objects(ctx.db()).filter(Order::PRODUCT.eq(row.id)).delete().await?;
        Product::TAGS.set(ctx.db(), row.id, Vec::new()).await
    }

    async fn follow(&self, ctx: &Context, row: Product) -> Result<()> {
        ctx.group(format!("product-{}", row.id)).join().await
    }
}
