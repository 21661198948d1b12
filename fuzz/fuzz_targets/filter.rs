//! Attacks a filter text: `cargo +nightly fuzz run filter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rollcall_fuzz::filter(data));
