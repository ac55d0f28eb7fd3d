//! Queries and bulk writes by random: what the databases answer is what a model of them in memory answers.

mod ask;
mod bulk;
mod databases;
mod django;
mod queries;
mod random;
mod world;
