//! Attacks a bulk request: `cargo +nightly fuzz run bulk`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rollcall_fuzz::bulk(data));
