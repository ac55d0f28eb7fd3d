//! The address for metrics.

use std::net::SocketAddr;

use tokio::task::JoinSet;

#[cfg(feature = "prometheus")]
use super::listen::listen_failure;
use crate::db::Db;
use crate::server::Service;

/// The server of metrics, which runs until this is dropped.
pub(super) struct Exporter {
    /// The address at which it listens.
    pub(super) address: SocketAddr,
    _tasks: JoinSet<()>,
}

/// Starts to count metrics, and serves them at this address.
///
/// # Errors
/// A message, if this is not possible.
#[cfg(feature = "prometheus")]
pub(super) async fn start(address: &str, db: &Db, service: &Service) -> Result<Exporter, String> {
    use axum::http::header;
    use axum::routing::get;
    use metrics_exporter_prometheus::PrometheusBuilder;

    let recorder = PrometheusBuilder::new()
        .set_buckets(crate::ground::stats::BUCKETS)
        .map_err(|error| format!("metrics cannot be counted: {error}"))?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|_| "metrics are counted by another recorder already: leave out --metrics".to_owned())?;
    crate::ground::stats::describe();
    let cannot =
        |error: &std::io::Error| format!("cannot listen on {address} for metrics: {}", listen_failure(error));
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| cannot(&error))?;
    let bound = listener.local_addr().map_err(|error| cannot(&error))?;
    let (rendering, db_of_route, stats) = (handle.clone(), db.clone(), service.stats());
    let render = move || {
        crate::ground::stats::tell(db_of_route.hub().subscriptions(), stats.memory());
        let text = rendering.render();
        async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text) }
    };
    let router = service.health(db.clone()).routes().route("/metrics", get(render));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    });
    tasks.spawn(async move {
        // Single measurements are kept until they are put into buckets; this is done here in case no client reads the
        // metrics.
        let mut every = tokio::time::interval(std::time::Duration::from_secs(5));
        loop {
            every.tick().await;
            handle.run_upkeep();
        }
    });
    Ok(Exporter { address: bound, _tasks: tasks })
}

/// Returns an error, because the feature is not enabled.
#[cfg(not(feature = "prometheus"))]
pub(super) async fn start(_address: &str, _db: &Db, _service: &Service) -> Result<Exporter, String> {
    Err("--metrics: this application was built without the feature `prometheus` of dcrf-runtime".to_owned())
}
