//! PATCH (RFC 7644 §3.5.2; G-1 to G-20).
//!
//! [`parse`] reads the message, [`apply`] carries it out on a stored resource: all of it or nothing, each operation on
//! the result of the one before. Members of a group are not in the resource; what happens to them is handed back.

mod apply;
mod index;
mod list;
mod members;
mod operation;
mod pathless;
mod schemas;
mod selection;
mod value;

pub use apply::{Patched, apply};
pub use operation::{Op, Operation, PATCH_URN, parse};
