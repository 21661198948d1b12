//! Companies, organizations, teams, accounts and who belongs where.

pub(crate) mod account;
mod company;
mod company_owner;
mod identity;
mod invitation;
mod managed;
pub(crate) mod mapping;
pub(crate) mod membership;
mod organization;
pub(crate) mod pending_invitation;
pub(crate) mod person;
mod seats;
mod sent_invitation;
pub(crate) mod team;

pub use account::Account;
pub use company::Company;
pub use company_owner::CompanyOwner;
pub use identity::{Candidate, Identity};
pub use invitation::{Invitation, InvitationState};
pub use mapping::MappingGroup;
pub use membership::{Membership, MembershipView, OrganizationMember};
pub use organization::Organization;
pub use person::{Person, Sought};
pub use seats::Seats;
pub use sent_invitation::SentInvitation;
pub use team::Team;
