//! The runtime from outside.

mod socket;
