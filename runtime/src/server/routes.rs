//! The paths of a service, and the endpoint of each.

use std::collections::HashSet;
use std::sync::Arc;

use super::error::ServiceError;
use crate::socket::session::{Endpoint, Stream};
use crate::wire::multiplexer;

/// An additional path, and its streams.
pub(super) struct Mount {
    pub(super) path: &'static str,
    pub(super) streams: Vec<&'static str>,
    pub(super) multiplexed: bool,
}

/// Returns the routes of every path, with and without the slash at the end.
pub(super) fn routes(
    streams: &[Stream],
    mounts: &[Mount],
) -> Result<Vec<(String, Arc<Endpoint>)>, ServiceError> {
    let mut names = HashSet::new();
    if let Some(twice) = streams.iter().find(|stream| !names.insert(stream.meta.stream)) {
        return Err(ServiceError::DuplicateStream(twice.meta.stream));
    }
    let all = Endpoint { streams: streams.into(), multiplexed: true };
    let mut endpoints = vec![(multiplexer::PATH, all)];
    for stream in streams {
        endpoints
            .push((stream.meta.path, Endpoint { streams: Box::new([stream.clone()]), multiplexed: false }));
    }
    for mount in mounts {
        let named = |name: &&'static str| {
            let found = streams.iter().find(|stream| stream.meta.stream == *name).cloned();
            found.ok_or(ServiceError::UnknownStream(name))
        };
        let streams = mount.streams.iter().map(named).collect::<Result<_, _>>()?;
        endpoints.push((mount.path, Endpoint { streams, multiplexed: mount.multiplexed }));
    }
    let is_none = |path: &str| !path.starts_with('/') || path.contains(['{', '}', ':', '*', '?', '#']);
    if let Some((path, _)) = endpoints.iter().find(|(path, _)| is_none(path)) {
        return Err(ServiceError::Path(path));
    }
    let (mut paths, mut routes) = (HashSet::new(), Vec::new());
    for (path, endpoint) in endpoints {
        let bare = path.trim_end_matches('/');
        if !paths.insert(bare.to_owned()) {
            return Err(ServiceError::DuplicatePath(path.to_owned()));
        }
        let endpoint = Arc::new(endpoint);
        if !bare.is_empty() {
            routes.push((bare.to_owned(), Arc::clone(&endpoint)));
        }
        routes.push((format!("{bare}/"), endpoint));
    }
    Ok(routes)
}
