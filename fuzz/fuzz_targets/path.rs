//! Attacks a PATCH path: `cargo +nightly fuzz run path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rollcall_fuzz::path(data));
