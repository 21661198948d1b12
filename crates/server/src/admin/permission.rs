//! Who may do what: the one place that knows (RO-1, RO-2).
//!
//! Inside a company its connections, SCIM, domains and organizations belong to company owners; owners of an organization
//! manage the people, teams and invitations of that one; auditors read.

use rollcall_policy::{CompanyId, OrganizationId};

use crate::auth::AdminRole;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Looking.
    Read,
    /// Making, changing, removing.
    Change,
}

/// To what it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// What belongs to no company: accounts, the product, companies themselves.
    Installation,
    /// What belongs to a company: connections, domains, owners, organizations.
    Company(CompanyId),
    /// What belongs to an organization: people, teams, invitations.
    Organization(CompanyId, OrganizationId),
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on.
    Granted,
    /// It is there, and this role may not: 403.
    Forbidden,
    /// It is not the caller's, and therefore not there: 404.
    Hidden,
}

/// Judges one role.
pub(super) fn judge(role: AdminRole, access: Access, over: Over) -> Verdict {
    let own = |owned: bool| if owned { Verdict::Granted } else { Verdict::Hidden };
    match (role, over) {
        (AdminRole::Operator, _) => Verdict::Granted,
        (AdminRole::Auditor(None), _) => reads(access),
        (_, Over::Installation) => Verdict::Forbidden,
        (AdminRole::Auditor(Some(company)), Over::Company(other) | Over::Organization(other, _)) => {
            if company == other { reads(access) } else { Verdict::Hidden }
        }
        (AdminRole::CompanyOwner(company), Over::Company(other) | Over::Organization(other, _)) => {
            own(company == other)
        }
        (AdminRole::OrganizationOwner(company, organization), Over::Organization(other_company, other)) => {
            own((company, organization) == (other_company, other))
        }
        // They know their company, and that it has such things.
        (AdminRole::OrganizationOwner(company, _), Over::Company(other)) => {
            if company == other {
                Verdict::Forbidden
            } else {
                Verdict::Hidden
            }
        }
    }
}

fn reads(access: Access) -> Verdict {
    match access {
        Access::Read => Verdict::Granted,
        Access::Change => Verdict::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Forbidden, Granted, Hidden};
    use super::*;

    const OURS: CompanyId = CompanyId::from_u128(1);
    const THEIRS: CompanyId = CompanyId::from_u128(2);
    const ONE: OrganizationId = OrganizationId::from_u128(3);
    const OTHER: OrganizationId = OrganizationId::from_u128(4);

    /// RO-1, RO-2, design.md 9: reading and changing, over the installation, the own company and organization, the
    /// company's other organization, and another company with its organization.
    #[test]
    fn each_role_may_what_the_table_says() {
        let over = [
            Over::Installation,
            Over::Company(OURS),
            Over::Organization(OURS, ONE),
            Over::Organization(OURS, OTHER),
            Over::Company(THEIRS),
            Over::Organization(THEIRS, ONE),
        ];
        for (role, read, change) in [
            (AdminRole::Operator, [Granted; 6], [Granted; 6]),
            (AdminRole::Auditor(None), [Granted; 6], [Forbidden; 6]),
            (
                AdminRole::Auditor(Some(OURS)),
                [Forbidden, Granted, Granted, Granted, Hidden, Hidden],
                [Forbidden, Forbidden, Forbidden, Forbidden, Hidden, Hidden],
            ),
            (
                AdminRole::CompanyOwner(OURS),
                [Forbidden, Granted, Granted, Granted, Hidden, Hidden],
                [Forbidden, Granted, Granted, Granted, Hidden, Hidden],
            ),
            (
                AdminRole::OrganizationOwner(OURS, ONE),
                [Forbidden, Forbidden, Granted, Hidden, Hidden, Hidden],
                [Forbidden, Forbidden, Granted, Hidden, Hidden, Hidden],
            ),
        ] {
            let judged = |access| over.map(|over| judge(role, access, over));
            assert_eq!(judged(Access::Read), read, "{role:?} reads");
            assert_eq!(judged(Access::Change), change, "{role:?} changes");
        }
    }
}
