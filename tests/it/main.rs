//! The integration tests of the generator, in one binary.

mod cli;
mod output;
