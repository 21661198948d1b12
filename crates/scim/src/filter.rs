//! Filters: what `filter` and the brackets of a PATCH path say (RFC 7644 §3.4.2.2; E-1 to E-11).
//!
//! A filter is syntax only. [`crate::condition`] gives it a meaning for one resource type.

mod ast;

pub use ast::{AttributePath, CompareOperator, Filter, Limits, Literal};
