//! Whatever is written in a definition is generated from or reported.
#![no_main]

#[path = "../definition.rs"]
mod definition;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| definition::definition(bytes));
