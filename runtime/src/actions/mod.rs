//! The built-in actions: those on rows, subscriptions, and HTTP services as consumers.

pub(crate) mod call;
pub mod crud;
pub mod mixins;
pub(crate) mod on_connect;
pub(crate) mod subscribe;
pub(crate) mod view;
