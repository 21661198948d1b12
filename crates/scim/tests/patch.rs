//! PATCH: the table GE-* of the requirements, lenient and strict, and what the message may look like.
#![cfg(test)]

#[path = "patch/custom.rs"]
mod custom;
#[path = "patch/groups.rs"]
mod groups;
#[path = "patch/lists.rs"]
mod lists;
#[path = "patch/message.rs"]
mod message;
#[path = "patch/paths.rs"]
mod paths;
#[path = "patch/support.rs"]
mod support;
#[path = "patch/values.rs"]
mod values;
