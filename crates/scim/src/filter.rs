//! Filters: what `filter` and the brackets of a PATCH path say (RFC 7644 §3.4.2.2; E-1 to E-11).
//!
//! A filter is syntax only. [`crate::condition`] gives it a meaning for one resource type.

mod ast;
mod parse;
mod print;
mod token;

pub use ast::{AttributePath, CompareOperator, Filter, Limits, Literal};
pub use parse::parse;
pub(crate) use parse::parse_value_filter;
pub(crate) use token::{attribute_path, string_length};
