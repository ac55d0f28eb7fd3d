//! The actions that the runtime does itself: those on rows, those that subscribe, and HTTP services as consumers.

pub(crate) mod call;
pub mod crud;
pub(crate) mod subscribe;
pub(crate) mod view;
