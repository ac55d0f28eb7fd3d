//! The only place with I/O: what is to be written, and how it gets to the disk.

mod plan;

pub use plan::Plan;
