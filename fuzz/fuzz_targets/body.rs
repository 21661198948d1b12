//! Attacks a resource body: `cargo +nightly fuzz run body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rollcall_fuzz::body(data));
