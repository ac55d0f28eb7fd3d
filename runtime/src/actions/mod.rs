//! The built-in actions: those on rows, subscriptions, and HTTP services as consumers.

pub(crate) mod call;
pub mod crud;
pub(crate) mod hello;
mod live;
pub mod mixins;
pub(crate) mod named;
pub(crate) mod on_connect;
mod replay;
mod resume;
mod snapshot;
pub(crate) mod subscribe;
pub(crate) mod unsubscribe;
pub(crate) mod view;
