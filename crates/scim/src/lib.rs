//! SCIM 2.0 as values: schemas, resources, filters, PATCH, paging, bulk and discovery (RFC 7643, RFC 7644, RFC 9865).
//!
//! Pure: no I/O, no clock, no randomness, no async. Whatever comes from outside (time, nonces, base URLs) is an argument.
//! A service provider stores what this crate normalises, and answers what this crate projects.
#![deny(missing_docs)]

pub mod bulk;
pub mod catalog;
pub mod condition;
pub mod cursor;
pub mod discovery;
pub mod error;
pub mod etag;
pub mod filter;
pub mod fold;
pub mod json;
pub mod list;
pub mod member;
mod message;
pub mod patch;
pub mod path;
pub mod projection;
pub mod representation;
pub mod resource;
pub mod schema;
pub mod search_document;
pub mod sort;
pub mod timestamp;
pub mod tolerance;
pub mod value;

pub use catalog::Catalog;
pub use error::{ScimError, ScimType};
pub use resource::Resource;
pub use tolerance::{Tolerance, Tolerances};
