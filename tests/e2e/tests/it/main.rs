//! The example servers, driven over real sockets on SQLite and on PostgreSQL.
//!
//! Every test gets a fresh database and a server of its own; the same body runs on both databases.

#[cfg(target_os = "linux")]
mod abuse;
mod agreement;
mod beside_django;
mod brokers;
mod carriers;
mod client;
mod committed;
mod crud;
mod envelope;
mod errors;
mod evolution;
#[cfg(target_os = "linux")]
mod faults;
mod frames;
mod hostile;
mod kitchen;
mod lifecycle;
mod multiplex;
mod passwords;
mod project;
mod random;
mod web;

/// Makes two tests of each function: `sqlite::…` and `postgres::…`. The function takes a [`dcrf_e2e::Database`].
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(dcrf_e2e::Database::sqlite()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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
