//! The paths of a service, and the endpoint of each.

use std::collections::{HashMap, HashSet};
use std::mem::discriminant;
use std::sync::Arc;

use super::error::ServiceError;
use super::path;
use crate::socket::session::{Endpoint, Stream};

/// An additional path, and its streams.
pub(super) struct Mount {
    pub(super) path: &'static str,
    pub(super) streams: Vec<&'static str>,
    pub(super) multiplexed: bool,
}

/// Returns the routes of every path, with and without the slash at the end.
pub(super) fn routes(
    streams: &[Stream],
    multiplexer: Option<&'static str>,
    mounts: &[Mount],
) -> Result<Vec<(String, Arc<Endpoint>)>, ServiceError> {
    let mut names = HashSet::new();
    if let Some(twice) = streams.iter().find(|stream| !names.insert(stream.meta.stream)) {
        return Err(ServiceError::DuplicateStream(twice.meta.stream));
    }
    let mut endpoints = Vec::new();
    if let Some(path) = multiplexer {
        // A consumer whose parameters the path does not have cannot be served there.
        let served = streams.iter().filter(|stream| has_parameters(path, std::slice::from_ref(stream)));
        endpoints.push((path, Endpoint { streams: served.cloned().collect(), multiplexed: true }));
    }
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
    let is_path = |path: &str| path.starts_with('/') && !path.contains([':', '*', '?', '#']);
    let fits = |path: &str, endpoint: &Endpoint| {
        let streams = &endpoint.streams;
        is_path(path)
            && has_parameters(path, streams)
            && (endpoint.multiplexed || has_no_others(path, streams))
    };
    if let Some((path, _)) = endpoints.iter().find(|(path, endpoint)| !fits(path, endpoint)) {
        return Err(ServiceError::Path(path));
    }
    let (mut paths, mut routes) = (HashSet::new(), Vec::new());
    for (path, endpoint) in endpoints {
        let bare = path.trim_end_matches('/');
        if !paths.insert(without_names(bare)) {
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

/// Tells whether a path has all parameters that streams declare, and each of them as one type.
fn has_parameters(path: &str, streams: &[Stream]) -> bool {
    let Some(names) = path::names(path) else { return false };
    let mut kinds = HashMap::new();
    path::declared(streams).all(|property| {
        let kind = discriminant(&property.ty.kind);
        names.contains(&property.name) && *kinds.entry(property.name).or_insert(kind) == kind
    })
}

/// Tells whether every parameter of a path is one that streams declare.
fn has_no_others(path: &str, streams: &[Stream]) -> bool {
    let names = path::names(path).unwrap_or_default();
    names.iter().all(|name| path::declared(streams).any(|property| property.name == *name))
}

/// Returns a path without the names of its parameters: paths that differ in these alone are the same.
fn without_names(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}
