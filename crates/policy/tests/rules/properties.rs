//! What holds for all facts (design.md 9), over arbitrary ones.

use proptest::{collection::vec, option, prelude::*, sample::select};
use rollcall_policy::*;

use crate::fixture::*;

const ADDRESSES: &[&str] = &["jane@acme.example", "john@acme.example", "jane@other.example", "nobody"];
const NAMES: &[&str] = &["acme", "labs", "nowhere", ""];
const TEAMS: &[&str] = &["everyone", "dev", "research", "fresh", "ba\u{7}d"];

fn address() -> impl Strategy<Value = Folded> {
    select(ADDRESSES).prop_map(folded)
}

fn organization() -> impl Strategy<Value = OrganizationId> {
    select(&[ACME, LABS, ELSEWHERE][..])
}

fn team_facts() -> impl Strategy<Value = TeamFacts> {
    (select(TEAMS), any::<bool>()).prop_map(|(name, mapped)| TeamFacts { name: folded(name), mapped })
}

fn attributes_facts() -> impl Strategy<Value = Attributes> {
    let role = select(&["member", "editor", "owner", "boss"][..]);
    (option::of(select(NAMES)), option::of(select(TEAMS)), option::of(role))
        .prop_map(|(organization, team, role)| attributes(organization, team, role))
}

fn membership() -> impl Strategy<Value = MembershipFacts> {
    let suspended_by = option::of(select(SuspendedBy::ALL));
    let kind = (select(Role::ALL), select(Origin::ALL), select(MembershipState::ALL), suspended_by);
    (organization(), kind, any::<bool>(), vec(team_facts(), 0..3)).prop_map(
        |(organization, kind, last_owner, teams)| {
            let (role, origin, state, suspended_by) = kind;
            MembershipFacts { organization, role, origin, state, suspended_by, last_owner, teams }
        },
    )
}

fn account(id: AccountId) -> impl Strategy<Value = AccountFacts> {
    let subject = option::of(select(&["sub-jane", "sub-john", "jane@acme.example", "john@acme.example"][..]));
    let flags = (any::<bool>(), prop::bool::weighted(0.1), any::<bool>());
    (address(), flags, subject, vec(membership(), 0..3)).prop_map(move |(email, flags, subject, mut memberships)| {
        // The directory keeps one membership per organization and account.
        memberships.sort_by_key(|membership| membership.organization);
        memberships.dedup_by_key(|membership| membership.organization);
        let (email_verified, disabled, minted) = flags;
        AccountFacts {
            id,
            email,
            email_verified,
            full_name: minted.then(|| "Old Name".to_owned()),
            disabled,
            subject: subject.map(str::to_owned),
            scim_id: minted.then_some(KEPT),
            memberships,
        }
    })
}

fn directory_facts() -> impl Strategy<Value = DirectoryUserFacts> {
    let state = prop_oneof![
        Just(DirectoryState::Active),
        Just(DirectoryState::Inactive),
        (0..60i64).prop_map(|days| DirectoryState::Deleted { at: NOW - days * DAY }),
    ];
    let place = (select(&[HERE, OTHER][..]), any::<bool>(), vec(organization(), 0..3));
    let names = (option::of(select(&["ext-jane", "sub-jane"][..])), address(), option::of(address()));
    let account = option::of(select(&[JANE, JOHN][..]));
    (place, state, account, names, 0..4u128).prop_map(|((connection, scim, serves), state, account, names, id)| {
        DirectoryUserFacts {
            connection,
            scim,
            serves,
            id: DirectoryUserId::from_u128(100 + id),
            state,
            account,
            external_id: names.0.map(str::to_owned),
            user_name: names.1.key,
            address: names.2.map(|address| address.key),
            carries_name: scim,
            hold: None,
        }
    })
}

fn connection_facts() -> impl Strategy<Value = ConnectionFacts> {
    let seats = || select(&[Seats::Free, Seats::Full, Seats::Unlimited][..]);
    (seats(), seats(), vec(team_facts(), 0..4), organization(), option::of(select(TEAMS)), 0..1_100u32).prop_map(
        |(acme, labs, teams, default_organization, default_team, teams_created_last_hour)| {
            let mut facts = connection();
            facts.organizations[0].seats = acme;
            facts.organizations[1].seats = labs;
            facts.organizations[0].teams = teams;
            let default_team = default_team.map(folded);
            ConnectionFacts { default_organization, default_team, teams_created_last_hour, ..facts }
        },
    )
}

fn policies() -> impl Strategy<Value = ConnectionPolicy> {
    any::<[bool; 7]>().prop_map(|[jit, scim, group_mapping, freeze_name, link, create_denied_accounts, refuse]| {
        ConnectionPolicy {
            jit,
            scim,
            group_mapping,
            freeze_name,
            on_new_subject: if link { OnNewSubject::Link } else { OnNewSubject::Refuse },
            create_denied_accounts,
            unverified_domains: if refuse { UnverifiedDomains::Refuse } else { UnverifiedDomains::Store },
            ..ConnectionPolicy::default()
        }
    })
}

fn accounts() -> impl Strategy<Value = Vec<AccountFacts>> {
    (option::of(account(JANE)), option::of(account(JOHN)))
        .prop_map(|(jane, john)| jane.into_iter().chain(john).collect())
}

/// Stable subjects, and addresses as subjects.
fn subjects() -> impl Strategy<Value = (String, bool)> {
    select(&[("sub-jane", false), ("sub-jane", false), ("jane@acme.example", true), ("john@acme.example", true)][..])
        .prop_map(|(subject, weak)| (subject.to_owned(), weak))
}

fn assertions() -> impl Strategy<Value = Assertion> {
    let group =
        (select(NAMES), select(TEAMS)).prop_map(|(organization, team)| folded(&format!("{organization}:{team}")));
    let minutes = option::of(select(&["30", "0", "x", "999999999999"][..]));
    let address = (option::of(address()), option::of(any::<bool>()));
    (subjects(), address, vec(group, 0..4), attributes_facts(), minutes, any::<bool>()).prop_map(
        |((subject, subject_weak), (email, email_verified), groups, attributes, minutes, groups_incomplete)| {
            Assertion {
                subject,
                subject_weak,
                groups_incomplete,
                email,
                email_verified,
                groups,
                attributes,
                session_minutes: minutes.map(str::to_owned),
                ..assertion()
            }
        },
    )
}

fn sign_ins() -> impl Strategy<Value = SignInFacts> {
    let invitation = (organization(), address(), option::of(select(TEAMS))).prop_map(|(organization, email, team)| {
        InvitationFacts { email: email.key, team: team.map(folded), ..invitation(organization) }
    });
    (assertions(), connection_facts(), accounts(), vec(directory_facts(), 0..3), vec(invitation, 0..3)).prop_map(
        |(assertion, connection, accounts, directory, invitations)| SignInFacts {
            assertion,
            connection,
            accounts,
            directory,
            invitations,
            ..sign_in()
        },
    )
}

fn pushes() -> impl Strategy<Value = PushFacts> {
    let user = (address(), option::of(address()), any::<[bool; 2]>(), attributes_facts()).prop_map(
        |(user_name, address, [active, anchored], attributes)| PushedUser {
            user_name,
            external_id: anchored.then(|| "ext-jane".to_owned()),
            address,
            full_name: Some("Jane Doe".to_owned()),
            active,
            attributes,
        },
    );
    let before = (option::of(select(&[JANE, JOHN][..])), any::<bool>()).prop_map(|(account, active)| StoredUser {
        account,
        active,
        ..stored()
    });
    let push = (0..3, before, user).prop_map(|(kind, before, user)| match kind {
        0 => Push::Create { user },
        1 => Push::Update { before, user },
        _ => Push::Delete { before },
    });
    (push, connection_facts(), accounts(), vec(directory_facts(), 0..4)).prop_map(
        |(push, connection, accounts, directory)| PushFacts {
            push,
            connection,
            accounts,
            directory,
            ..create(pushed())
        },
    )
}

/// The account that the sign-in is about: the subject's, else the address's. A weak subject counts only with the address.
fn subject_account(facts: &SignInFacts) -> Option<&AccountFacts> {
    let Assertion { subject, subject_weak, email, email_verified, .. } = &facts.assertion;
    let means = |holder: &&AccountFacts| {
        let said = email.as_ref().is_some_and(|email| email.key == holder.email.key) || *subject == holder.email.key;
        !subject_weak || (said && *email_verified != Some(false))
    };
    let known = facts.accounts.iter().find(|account| account.subject.as_ref() == Some(subject)).filter(means);
    let email = facts.assertion.email.as_ref().map(|email| &email.key);
    known.or_else(|| facts.accounts.iter().find(|account| Some(&account.email.key) == email))
}

fn companies() -> impl Strategy<Value = CompanyFacts> {
    let invitation = (select(&[ACME, LABS][..]), address(), 0..3u128).prop_map(|(organization, email, id)| {
        InvitationFacts { id: InvitationId::from_u128(50 + id), email: email.key, ..invitation(organization) }
    });
    (connection_facts(), vec(invitation, 0..3), vec(directory_facts(), 0..3)).prop_map(
        |(connection, invitations, directory)| CompanyFacts {
            id: COMPANY,
            organizations: connection.organizations,
            invitations,
            directory,
        },
    )
}

fn account_sign_ins() -> impl Strategy<Value = AccountSignInFacts> {
    let domain = (any::<[bool; 4]>(), option::of(organization())).prop_map(|(switches, organization)| {
        let [attached, enforced, auto_provisioning, owners_told] = switches;
        let name = "acme.example".to_owned();
        DomainFacts { name, company: COMPANY, attached, enforced, auto_provisioning, organization, owners_told }
    });
    (option::of(account(JANE)), any::<bool>(), option::of(domain), companies()).prop_map(
        |(account, email_verified, domain, company)| AccountSignInFacts {
            now: NOW,
            client: Client::Web,
            email: account.as_ref().map_or_else(|| folded("jane@acme.example"), |account| account.email.clone()),
            email_verified,
            account,
            domain,
            companies: vec![company],
        },
    )
}

/// Joins that need a free seat of their own: an invitation holds one.
fn takes_seats(organizations: &[OrganizationFacts], effects: &[Effect]) -> bool {
    effects.iter().any(|effect| {
        let gated = matches!(effect, Effect::Join { origin, .. } if *origin != Origin::Invitation)
            || matches!(effect, Effect::Resume { .. });
        let full = |at: OrganizationId| organizations.iter().all(|facts| facts.id != at || facts.seats == Seats::Full);
        gated && effect.organization().is_none_or(full)
    })
}

/// Whether a directory says that the account's person is gone, and none that serves the organization says active.
fn is_sent_away(directory: &[DirectoryUserFacts], account: AccountId, organization: Option<OrganizationId>) -> bool {
    let own = || directory.iter().filter(|user| user.account == Some(account));
    let vouches = |user: &DirectoryUserFacts| {
        user.state == DirectoryState::Active && user.scim && organization.is_some_and(|id| user.serves.contains(&id))
    };
    own().any(|user| user.state != DirectoryState::Active) && !own().any(vouches)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Decisions are deterministic, and facts survive being stored: replaying them gives the same bytes.
    #[test]
    fn a_replay_and_a_dry_run_are_the_same_decision(policy in policies(), facts in sign_ins()) {
        let first = decide_sign_in(&policy, &facts);
        let policy: ConnectionPolicy = serde_json::from_str(&serde_json::to_string(&policy).unwrap()).unwrap();
        let facts: SignInFacts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
        let again = serde_json::to_string(&decide_sign_in(&policy, &facts)).unwrap();
        prop_assert_eq!(&again, &serde_json::to_string(&first).unwrap());
        prop_assert_eq!(serde_json::from_str::<SignInDecision>(&again).unwrap(), first);
    }

    /// RC-11, RC-4: nobody comes in of whom some directory says inactive or deleted and none that speaks says active.
    #[test]
    fn a_deactivated_or_deleted_person_is_never_admitted(policy in policies(), facts in sign_ins()) {
        let account = subject_account(&facts).map(|account| account.id);
        let own = || facts.directory.iter().filter(|user| account.is_some() && user.account == account);
        let gone = own().any(|user| user.state != DirectoryState::Active);
        let speaks = own().any(|user| user.state == DirectoryState::Active && user.scim);
        if gone && !speaks {
            let decision = decide_sign_in(&policy, &facts);
            prop_assert_eq!(decision.outcome, Outcome::Deny);
            prop_assert_eq!(decision.effects, vec![]);
        }
    }

    #[test]
    fn a_disabled_account_is_never_admitted(policy in policies(), facts in sign_ins()) {
        if subject_account(&facts).is_some_and(|account| account.disabled) {
            prop_assert_eq!(decide_sign_in(&policy, &facts).outcome, Outcome::Deny, "RC-2");
        }
    }

    /// J-9, J-10, RC-4: a sign-in removes no team, changes no role, lifts no suspension, suspends nobody.
    #[test]
    fn a_sign_in_takes_nothing_away(policy in policies(), facts in sign_ins()) {
        let decision = decide_sign_in(&policy, &facts);
        for effect in &decision.effects {
            let takes = matches!(
                effect,
                Effect::LeaveTeam { .. } | Effect::SetRole { .. } | Effect::Resume { .. } | Effect::Suspend { .. }
            );
            prop_assert!(!takes, "{:?}", effect);
        }
        let account = decision.account.and_then(|id| facts.accounts.iter().find(|account| account.id == id));
        for before in account.into_iter().flat_map(|account| &account.memberships) {
            let after = decision.memberships.iter().find(|after| after.organization == before.organization);
            if let Some(after) = after.filter(|_| before.state == MembershipState::Active) {
                prop_assert_eq!(after.role, before.role, "J-9");
                prop_assert!(before.teams.iter().all(|team| after.teams.contains(&team.name.text)), "J-10");
            }
        }
    }

    #[test]
    fn no_effect_leaves_the_connection(policy in policies(), sign_in in sign_ins(), push in pushes()) {
        let pushed = decide_push(&policy, &push).map(|decision| decision.effects).unwrap_or_default();
        for effect in decide_sign_in(&policy, &sign_in).effects.iter().chain(&pushed) {
            prop_assert!(effect.organization().is_none_or(|at| at == ACME || at == LABS), "{:?}", effect);
        }
    }

    /// Whoever is denied gets no session and joins nothing; whoever is allowed has both session and membership.
    #[test]
    fn outcome_session_and_memberships_agree(policy in policies(), facts in sign_ins()) {
        let decision = decide_sign_in(&policy, &facts);
        let allowed = decision.outcome == Outcome::Allow;
        prop_assert_eq!(decision.session.is_some(), allowed);
        prop_assert_eq!(!decision.memberships.is_empty(), allowed);
        prop_assert_eq!(decision.reason == Reason::Allowed, allowed);
        prop_assert!(!decision.trail.steps().is_empty());
        if !allowed {
            prop_assert!(decision.effects.iter().all(|effect| effect.organization().is_none()));
            let binds = |effect: &Effect| matches!(effect, Effect::LinkIdentity { .. } | Effect::EndSessions { .. });
            prop_assert!(!decision.effects.iter().any(binds));
        }
        if let Some(session) = decision.session {
            prop_assert!(session.expires_at > facts.now && session.expires_at <= facts.now + 90 * DAY, "SS-3");
        }
    }

    /// J-12, RC-16, P/A-7: nobody joins a full organization but by an invitation, which holds its own seat.
    #[test]
    fn a_full_organization_grows_by_no_door(
        policy in policies(), sign_in in sign_ins(), push in pushes(), account in account_sign_ins()
    ) {
        let effects = decide_sign_in(&policy, &sign_in).effects;
        prop_assert!(!takes_seats(&sign_in.connection.organizations, &effects));
        if let Ok(decision) = decide_push(&policy, &push) {
            prop_assert!(!takes_seats(&push.connection.organizations, &decision.effects));
        }
        prop_assert!(!takes_seats(&account.companies[0].organizations, &decide_account_sign_in(&account).effects));
    }

    /// The same facts give the same bytes, at every door.
    #[test]
    fn an_account_sign_in_is_decided_the_same_way_twice(facts in account_sign_ins()) {
        let first = serde_json::to_string(&decide_account_sign_in(&facts)).unwrap();
        let stored: AccountSignInFacts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
        prop_assert_eq!(serde_json::to_string(&decide_account_sign_in(&stored)).unwrap(), first);
    }

    /// RC-4, RC-11: whom a directory of the company sent away joins only what is served by one that speaks and calls them
    /// active, by invitation or domain; an unverified account joins nothing anywhere (RC-10); nobody takes anything away.
    #[test]
    fn without_sso_leavers_and_the_unverified_join_nothing(facts in account_sign_ins()) {
        let joins = |effect: &&Effect| {
            matches!(effect, Effect::Join { .. } | Effect::JoinTeam { .. } | Effect::AcceptInvitation { .. })
        };
        let effects = decide_account_sign_in(&facts).effects;
        for effect in effects.iter().filter(joins) {
            prop_assert!(!is_sent_away(&facts.companies[0].directory, JANE, effect.organization()), "RC-11");
        }
        prop_assert!(facts.email_verified || !effects.iter().any(|effect| joins(&effect)), "RC-10");
        let suspended = facts.account.iter().flat_map(|account| &account.memberships)
            .filter(|entry| entry.state == MembershipState::Suspended);
        for entry in suspended {
            prop_assert!(effects.iter().all(|effect| effect.organization() != Some(entry.organization)), "RC-4");
        }
    }

    /// RC-4, RC-11: the same through a connection, by whatever source.
    #[test]
    fn a_leaver_joins_only_where_a_directory_vouches(policy in policies(), facts in sign_ins()) {
        let decision = decide_sign_in(&policy, &facts);
        let Some(account) = decision.account else { return Ok(()) };
        for effect in decision.effects.iter().filter(|effect| matches!(effect, Effect::Join { .. })) {
            prop_assert!(!is_sent_away(&facts.directory, account, effect.organization()), "RC-11");
        }
    }

    /// RC-13: an address as subject never opens an account that has another address than subject and evidence say.
    #[test]
    fn a_weak_subject_opens_only_the_account_of_the_address(policy in policies(), facts in sign_ins()) {
        let decision = decide_sign_in(&policy, &facts);
        let account = decision.account.and_then(|id| facts.accounts.iter().find(|account| account.id == id));
        if let Some(account) = account.filter(|_| facts.assertion.subject_weak && decision.outcome == Outcome::Allow) {
            let said = facts.assertion.email.as_ref().map(|email| email.key.as_str());
            prop_assert!([said, Some(facts.assertion.subject.as_str())].contains(&Some(account.email.key.as_str())));
            prop_assert!(facts.assertion.email_verified != Some(false));
        }
    }

    #[test]
    fn a_push_is_decided_the_same_way_twice(policy in policies(), facts in pushes()) {
        let first = decide_push(&policy, &facts);
        let stored: PushFacts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
        prop_assert_eq!(decide_push(&policy, &stored), first);
    }

    /// RC-2, RC-5: an inactive or deleted user joins nothing; a user without a verified address makes and links nobody.
    #[test]
    fn a_push_gives_nothing_to_leavers_and_strangers(policy in policies(), facts in pushes()) {
        let Ok(decision) = decide_push(&policy, &facts) else { return Ok(()) };
        let (user, linked) = match &facts.push {
            Push::Create { user } => (Some(user), None),
            Push::Update { before, user } => (Some(user), before.account),
            Push::Delete { before } => (None, before.account),
        };
        if !user.is_some_and(|user| user.active) {
            let gives = |effect: &Effect| matches!(
                effect,
                Effect::Join { .. } | Effect::JoinTeam { .. } | Effect::Resume { .. } | Effect::CreateAccount { .. }
            );
            prop_assert!(!decision.effects.iter().any(gives));
        }
        let verified = user.is_none_or(|user| {
            user.address.as_ref().is_some_and(|address| facts.connection.has_domain_of(&address.key))
        });
        let restored = matches!(decision.effects.first(), Some(Effect::DropTombstone { .. }))
            || matches!(decision.resource, ResourcePlan::Reactivate { .. });
        if !verified && linked.is_none() && !restored {
            prop_assert_eq!(decision.effects, vec![], "RC-5");
        }
    }

    /// One account has at most one live user of a connection.
    #[test]
    fn no_account_is_linked_twice(policy in policies(), facts in pushes()) {
        let Ok(decision) = decide_push(&policy, &facts) else { return Ok(()) };
        if decision.effects.contains(&Effect::LinkDirectoryUser) && decision.account.is_some() {
            let replaces = |user: &DirectoryUserFacts| decision.resource == ResourcePlan::Reactivate { id: user.id };
            let live = |user: &&DirectoryUserFacts| {
                user.connection == HERE && !matches!(user.state, DirectoryState::Deleted { .. }) && !replaces(user)
            };
            prop_assert!(!facts.directory.iter().filter(live).any(|user| user.account == decision.account));
        }
    }
}
