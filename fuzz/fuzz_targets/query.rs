//! Attacks the query string of a list: `cargo +nightly fuzz run query`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rollcall_fuzz::query(data));
