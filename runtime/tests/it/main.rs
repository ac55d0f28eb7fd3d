//! The runtime from outside.

mod data;
