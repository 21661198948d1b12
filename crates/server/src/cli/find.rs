//! Finds what an operator means by a name, an id or an address; each sentence names what to do next.

pub(super) mod account;
pub(super) mod company;
pub(super) mod connection;
pub(super) mod organization;
