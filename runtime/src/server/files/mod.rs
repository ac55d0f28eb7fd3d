//! The routes of files: one that serves them, and one that takes uploads.

mod answer;
mod caller;
mod media_type;
mod range;
mod serve;
mod upload;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use tokio::sync::Semaphore;

use super::shared::Shared;
use crate::schema::meta::ModelMeta;
use crate::socket::session::Stream;
use upload::Uploads;

/// Returns the routes of the files of these models, which may be read and written through these consumers.
pub(super) fn routes(shared: &Arc<Shared>, streams: &[Stream], models: Vec<&'static ModelMeta>) -> Router {
    let streams: Arc<[Stream]> = streams.into();
    let urls = models.iter().flat_map(|model| model.files()).map(|(_, file)| file.url);
    // Files with another address are served by others.
    let paths: BTreeSet<&'static str> = urls.filter(|url| url.starts_with('/')).collect();
    let mut routes = Router::new();
    for path in paths {
        let (shared, streams, models) = (Arc::clone(shared), Arc::clone(&streams), models.clone());
        let served = Arc::new(serve::Served { path, shared, streams, models });
        let media = move |request: Request| serve::answer(Arc::clone(&served), request);
        routes = routes.route(&format!("{path}{{*name}}"), get(media));
    }
    let places = Semaphore::new(shared.bounds.limits.uploads);
    let uploads = Arc::new(Uploads::new(Arc::clone(shared), streams, places));
    let options = Arc::clone(&uploads);
    let upload = move |request: Request| upload::answer(Arc::clone(&uploads), request);
    let preflight = move |request: Request| {
        let shared = Arc::clone(&options.shared);
        async move { answer::preflight(&shared.origins, request.headers()) }
    };
    routes.route("/upload/{stream}/{field}", axum::routing::post(upload).options(preflight))
}
