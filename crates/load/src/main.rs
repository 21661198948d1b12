//! `rollcall-load`: load generator and benchmark for any SCIM server.
fn main() {}
