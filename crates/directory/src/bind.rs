//! Values for placeholders, from the types of records.

use rollcall_policy::{
    AccountId, ActivityId, CompanyId, ConnectionId, DecisionId, DirectoryGroupId, DirectoryUserId, EventId, Finding,
    Hold, InvitationId, JournalEntryId, LetterId, MembershipState, OrganizationId, Origin, Outcome, PlanId, Protocol,
    Reason, Role, SuspendedBy, TeamId, TokenId, WebhookId,
};
use sea_orm::Value;
use uuid::Uuid;

/// What can stand for a `?`. NULL keeps the type that it would have, which PostgreSQL wants to know.
pub(crate) trait Bind {
    fn bind(self) -> Value;
}

/// The values of a statement: `values![company, name, at]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::bind::Bind::bind($value)),*] };
}
pub(crate) use values;

macro_rules! bind_as_is {
    ($($type:ty),+) => {$(
        impl Bind for $type {
            fn bind(self) -> Value { self.into() }
        }

        impl Bind for Option<$type> {
            fn bind(self) -> Value { self.into() }
        }
    )+};
}

macro_rules! bind_ids {
    ($($type:ty),+) => {$(
        impl Bind for $type {
            fn bind(self) -> Value { self.uuid().into() }
        }

        impl Bind for Option<$type> {
            fn bind(self) -> Value { self.map(Uuid::from).into() }
        }
    )+};
}

macro_rules! bind_codes {
    ($($type:ty),+) => {$(
        impl Bind for $type {
            fn bind(self) -> Value { self.code().into() }
        }

        impl Bind for Option<$type> {
            fn bind(self) -> Value { self.map(<$type>::code).bind() }
        }
    )+};
}
pub(crate) use bind_codes;

bind_as_is!(bool, i64, String, Vec<u8>);
bind_ids!(
    AccountId,
    ActivityId,
    CompanyId,
    ConnectionId,
    DecisionId,
    DirectoryGroupId,
    DirectoryUserId,
    EventId,
    InvitationId,
    JournalEntryId,
    LetterId,
    OrganizationId,
    PlanId,
    TeamId,
    TokenId,
    WebhookId
);
bind_codes!(Finding, Hold, MembershipState, Origin, Outcome, Protocol, Reason, Role, SuspendedBy);

impl Bind for &str {
    fn bind(self) -> Value {
        self.into()
    }
}

impl Bind for Option<&str> {
    fn bind(self) -> Value {
        self.map(ToOwned::to_owned).into()
    }
}

impl Bind for &String {
    fn bind(self) -> Value {
        self.as_str().into()
    }
}

impl Bind for &Option<String> {
    fn bind(self) -> Value {
        self.clone().into()
    }
}

impl Bind for &[u8; 32] {
    fn bind(self) -> Value {
        self.to_vec().into()
    }
}

/// Counts and limits. Databases count in signed numbers; what does not fit is more than there can be.
impl Bind for u64 {
    fn bind(self) -> Value {
        i64::try_from(self).unwrap_or(i64::MAX).into()
    }
}

impl Bind for Option<u64> {
    fn bind(self) -> Value {
        self.map(|number| i64::try_from(number).unwrap_or(i64::MAX)).into()
    }
}
