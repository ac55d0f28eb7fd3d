//! Whatever a client sends is read or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dcrf_runtime::fuzz::frame(bytes));
