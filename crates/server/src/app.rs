//! Use cases: gather facts, decide, apply. The only place that writes to the directory; knows no HTTP.

pub mod quickstart;
pub mod tokens;
