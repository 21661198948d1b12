//! Bulk (RFC 7644 §3.7): one request, many operations that may name each other's results (H-1 to H-17).
//!
//! Nothing is executed here. [`Job::parse`] reads the request, [`Job::next_step`] says what to do next,
//! [`Job::record`] takes what came of it, [`Job::into_response`] gives the answer:
//!
//! ```text
//! while let Some(step) = job.next_step() { job.record(execute(step)) }
//! ```
//!
//! Operations run in request order, but what an operation refers to runs before it (H-9). Circular references are
//! created without each other and linked afterwards; if one of them fails, all of them are undone (H-12).

mod job;
mod operation;
mod plan;
mod reference;
mod request;
mod target;

use serde_json::Value;

pub use job::Job;

use crate::error::ScimError;
use crate::etag::Preconditions;

/// URN of the request message.
pub const REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// URN of the response message.
pub const RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// How large a job may be, as `ServiceProviderConfig` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations of one job.
    pub max_operations: usize,
    /// Bytes of one request body, as received.
    pub max_payload_size: u64,
}

impl Limits {
    /// 413 if a body has more bytes (H-14). Call it while the bytes arrive, whatever `Content-Length` says.
    pub fn check_payload(&self, bytes: u64) -> Result<(), ScimError> {
        if bytes <= self.max_payload_size {
            return Ok(());
        }
        let detail = format!("the body is larger than maxPayloadSize ({} bytes)", self.max_payload_size);
        Err(ScimError::status_only(413, detail))
    }

    fn check_operations(&self, operations: usize) -> Result<(), ScimError> {
        if operations <= self.max_operations {
            return Ok(());
        }
        let detail = format!("the job has {operations} operations; maxOperations is {}", self.max_operations);
        Err(ScimError::status_only(413, detail))
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The operation it belongs to, counted from 0 in request order.
    pub index: usize,
    /// Name of the resource type.
    pub resource_type: String,
    /// What to do.
    pub action: Action,
}

/// What to do in a [`Step`]; references are replaced with ids everywhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// What `POST` does.
    Create {
        /// The resource.
        data: Value,
    },
    /// What `PUT` does.
    Replace {
        /// Of the resource; may be unknown.
        id: String,
        /// The resource.
        data: Value,
        /// From `version`.
        preconditions: Preconditions,
    },
    /// What `PATCH` does.
    Modify {
        /// Of the resource; may be unknown.
        id: String,
        /// The whole PATCH message.
        data: Value,
        /// From `version`.
        preconditions: Preconditions,
    },
    /// What `DELETE` does.
    Delete {
        /// Of the resource; may be unknown.
        id: String,
        /// From `version`.
        preconditions: Preconditions,
    },
    /// Second half of a creation whose references are circular: what `PUT` does, on the resource just created.
    Link {
        /// Of the resource created for this index.
        id: String,
        /// The resource with all references.
        data: Value,
    },
    /// Takes a creation back because its circle of references could not be closed: what `DELETE` does.
    Undo {
        /// Of the resource created for this index.
        id: String,
    },
}

/// What came of a step that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The status that the single request would have been answered with (H-7).
    pub status: u16,
    /// Id of the resource.
    pub id: String,
    /// Its version now; `None` if it is gone.
    pub version: Option<u64>,
}
