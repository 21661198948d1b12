//! A black-box suite for SCIM 2.0 servers, and the dialogues that identity providers really hold with them.
//!
//! Speaks HTTP only and knows nothing of any implementation: a target is a base URL and a bearer token. What is expected
//! stands in readable files (`dialogues/`, `checks/`, `tables/`); the code here replays them and says which step
//! differed, what was expected and what came. Requirement ids in the files are those of `docs/requirements.toml`.

pub mod bounds;
pub mod catalogue;
pub mod client;
pub mod concurrency;
pub mod filters;
pub mod isolation;
pub mod matching;
pub mod paging;
pub mod patches;
pub mod report;
pub mod script;
pub mod session;
pub mod suite;
pub mod target;
pub mod variables;
