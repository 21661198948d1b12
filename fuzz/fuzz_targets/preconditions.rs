//! Attacks If-Match and If-None-Match: `cargo +nightly fuzz run preconditions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rollcall_fuzz::preconditions(data));
