//! Random definitions, rows and requests: what tests of the whole are made of that are judged by a model of their own.
//!
//! A test of this package draws a [`definition`], has the generator make of it what users get ([`compiled`]), serves it
//! on every database that there is ([`databases`], [`side`]) as generated code would ([`descriptors`], [`consumer`]),
//! and compares what comes over the wire ([`wire`]) with what an independent judge says: [`values`] have an order and a
//! spelling of their own here. A seed determines everything ([`seed`]); the environment says how much is tried
//! ([`settings`]), and what has failed is made smaller before it is shown ([`shrink`]).

pub mod compiled;
pub mod consumer;
pub mod databases;
pub mod definition;
pub mod descriptors;
pub mod introspection;
pub mod panics;
pub mod rows;
pub mod seed;
pub mod settings;
pub mod shrink;
pub mod side;
pub mod typescript;
pub mod values;
pub mod wire;
