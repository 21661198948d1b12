//! One method on one path, with what is said about it: below `/api/v1`.

pub(super) use crate::open_api::{Route, Who, about, delete, get, patch, post, put};
