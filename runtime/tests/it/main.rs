//! The runtime over real databases.
fn main() {}
