//! Attacks a PATCH body, applied to a user and a group: `cargo +nightly fuzz run patch`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rollcall_fuzz::patch(data));
