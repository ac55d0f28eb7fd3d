//! What the application of `tests/kitchen` does for books and purchases.

use dcrf_runtime::condition::Filter;
use dcrf_runtime::{Context, Detail, Error, Model as _, Result};
use kitchen::models::{Author, Book, Purchase};
use kitchen::serializers::PurchasePatch;
use kitchen::{AuthorHandler, BookDetailHandler, BookHandler, OwnBookHandler, PurchaseHandler};

use super::app::App;

async fn latest(ctx: &Context, author: &Author) -> Result<Option<Book>> {
    let books = Book::objects(ctx.db()).list().await?;
    Ok(books.into_iter().rfind(|book| book.author == author.id))
}

fn length(book: &Book) -> i64 {
    i64::try_from(book.title.chars().count()).unwrap_or(i64::MAX)
}

impl AuthorHandler for App {
    async fn shout(&self, _: &Context, row: &Author) -> Result<String> {
        Ok(row.name.to_uppercase())
    }
    async fn shout_all(&self, _: &Context, rows: &[Author]) -> Result<Vec<String>> {
        Ok(rows.iter().map(|row| format!("{}, one of {}", row.name.to_uppercase(), rows.len())).collect())
    }
    async fn latest(&self, ctx: &Context, row: &Author) -> Result<Option<Book>> {
        latest(ctx, row).await
    }
    async fn title_length(&self, _: &Context, row: &Book) -> Result<i64> {
        Ok(length(row))
    }
}

impl OwnBookHandler for App {
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Book>> {
        Ok(Book::AUTHOR.related(Author::NAME.eq(ctx.user().id().unwrap_or_default())))
    }
}

impl BookHandler for App {
    async fn newest(&self, ctx: &Context) -> Result<Book> {
        Book::objects(ctx.db()).list().await?.pop().ok_or(Error::NotFound)
    }
    async fn author_shout(&self, _: &Context, row: &Author) -> Result<String> {
        Ok(row.name.to_uppercase())
    }
    async fn author_latest(&self, ctx: &Context, row: &Author) -> Result<Option<Book>> {
        latest(ctx, row).await
    }
    async fn title_length(&self, _: &Context, row: &Book) -> Result<i64> {
        Ok(length(row))
    }
}

impl BookDetailHandler for App {
    async fn author_shout(&self, _: &Context, row: &Author) -> Result<String> {
        Ok(row.name.to_uppercase())
    }
    async fn author_latest(&self, ctx: &Context, row: &Author) -> Result<Option<Book>> {
        latest(ctx, row).await
    }
    async fn title_length(&self, _: &Context, row: &Book) -> Result<i64> {
        Ok(length(row))
    }
}

impl PurchaseHandler for App {
    async fn validate_reference(&self, _: &Context, value: String) -> Result<String> {
        if value.starts_with("O-") {
            Ok(value)
        } else {
            Err(Error::Validation(Detail::message("A reference starts with O-.")))
        }
    }
    async fn validate(&self, _: &Context, _: Option<Purchase>, data: PurchasePatch) -> Result<PurchasePatch> {
        let pieces: i64 = data.items.iter().flatten().map(|item| item.qty).sum();
        if pieces > 100 {
            return Err(Error::Validation(Detail::message("An order holds at most 100 pieces.")));
        }
        Ok(data)
    }
    async fn validate_purchase_item_sku(&self, _: &Context, value: String) -> Result<String> {
        if value == "none" {
            return Err(Error::Validation(Detail::message("There is none.")));
        }
        Ok(value.to_uppercase())
    }
}
