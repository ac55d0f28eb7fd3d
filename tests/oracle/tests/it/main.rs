//! What holds for random definitions, rows and requests, on every database that there is.

mod evolution;
mod markers;
mod predicates;
mod schemas;
mod twin;
