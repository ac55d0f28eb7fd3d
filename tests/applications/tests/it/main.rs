//! The front ends of the applications, on SQLite and on PostgreSQL.
//!
//! Every conversation gets a fresh database and a server of its own, in the process of the test.

mod boards;
mod brand_chat;
mod buses;
mod car_market;
mod case_dashboard;
mod chat_groups;
mod comment_tree;
mod contest;
mod food_delivery;
mod live_analytics;
mod members;
mod outings;
mod server;
mod signage;
mod transcription;

/// Makes two tests of each function: `sqlite::…` and `postgres::…`. The function takes a [`dcrf_e2e::Database`].
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(dcrf_e2e::Database::sqlite()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(database) = dcrf_e2e::Database::postgres().await {
                        super::$name(database).await;
                    }
                }
            )+
        }
    };
}
pub(crate) use on_both_databases;
