//! Companies, organizations, teams, accounts, memberships, invitations, seats.

use rollcall_directory::testing::{Acme, TestDirectory, account};
use rollcall_directory::{DirectoryError, Identity, Invitation, InvitationState, Membership, Organization, Team, Unit};
use rollcall_policy::{
    AccountId, CompanyId, InvitationId, MembershipState, OrganizationId, Origin, Role, SuspendedBy, TeamId,
};

rollcall_directory::on_each_database! {
    companies_organizations_and_teams_read_back
    names_are_unique_where_they_must_be
    accounts_read_back_and_are_unique_by_address_and_username
    candidates_are_found_by_subject_and_by_address
    memberships_come_with_their_teams
    a_membership_that_moved_runs_the_unit_again
    members_are_listed_by_pages_of_members
    finite_seats_are_counted_with_pending_invitations
    concurrent_joins_never_take_more_seats_than_there_are
    invitations_move_from_state_to_state
}

type Done = Result<(), DirectoryError>;

fn membership(acme: Acme, account: AccountId) -> Membership {
    Membership {
        company: acme.company,
        organization: acme.organization,
        account,
        role: Role::Member,
        origin: Origin::Jit,
        state: MembershipState::Active,
        suspended_by: None,
        created_at: 5,
        updated_at: 6,
    }
}

fn invitation(acme: Acme, number: u128) -> Invitation {
    Invitation {
        company: acme.company,
        id: InvitationId::from_u128(number),
        organization: acme.organization,
        email: "Ada@acme.example".to_owned(),
        email_folded: "ada@acme.example".to_owned(),
        team: Some(acme.team),
        role: Some(Role::Editor),
        state: InvitationState::Pending,
        created_at: 7,
    }
}

fn conflict(constraint: &str) -> Done {
    Err(DirectoryError::Conflict { constraint: constraint.to_owned() })
}

/// Stores what `work` says, nothing read.
async fn store(directory: &TestDirectory, work: impl Fn(&Unit) + Send + Sync) -> Done {
    let work = &work;
    directory
        .write(|unit| async move {
            work(&unit);
            Ok(())
        })
        .await
}

async fn companies_organizations_and_teams_read_back(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let read = directory.read();
    let company = read.company(acme.company).await.unwrap().unwrap();
    assert_eq!(company.name, "acme");
    assert_eq!(read.company_by_name("acme").await.unwrap(), Some(company.clone()));
    assert_eq!(read.company_by_name("Acme").await.unwrap(), None);
    assert_eq!(read.companies("", 10).await.unwrap(), [company]);
    assert_eq!(read.companies("acme", 10).await.unwrap(), []);

    let mut organization = read.organization(acme.company, acme.organization).await.unwrap().unwrap();
    organization.seats = Some(u64::from(u32::MAX));
    organization.display_name = "Łódź \u{1F600}".to_owned();
    store(directory, |unit| unit.update_organization(&organization)).await.unwrap();
    assert_eq!(read.organization_by_name("acme").await.unwrap(), Some(organization.clone()));
    assert_eq!(read.organizations(acme.company, "", 10).await.unwrap(), [organization]);
    assert_eq!(read.organization(CompanyId::from_u128(9), acme.organization).await.unwrap(), None);

    let team = read.team_by_name(acme.company, acme.organization, "everyone").await.unwrap().unwrap();
    assert_eq!(read.team(acme.company, acme.team).await.unwrap(), Some(team.clone()));
    assert_eq!(read.teams(acme.company, acme.organization, "", 10).await.unwrap(), std::slice::from_ref(&team));
    assert_eq!(read.teams_of_connection(acme.company, acme.connection).await.unwrap(), [team]);
    // It is the connection's default team.
    assert_eq!(
        store(directory, |unit| unit.delete_team(acme.company, acme.team)).await,
        conflict(DirectoryError::REFERENCE)
    );
}

async fn names_are_unique_where_they_must_be(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let other = Acme::store_as(directory, "other", 0x07).await;
    let taken = Organization {
        company: other.company,
        id: OrganizationId::from_u128(77),
        name: "acme".to_owned(),
        display_name: String::new(),
        seats: None,
        created_at: 1,
    };
    assert_eq!(store(directory, |unit| unit.insert_organization(&taken)).await, conflict("organization_name"));
    let team = Team {
        company: acme.company,
        id: TeamId::from_u128(77),
        organization: acme.organization,
        name: "Everyone".to_owned(),
        name_folded: "everyone".to_owned(),
    };
    assert_eq!(store(directory, |unit| unit.insert_team(&team)).await, conflict("team_name"));
}

async fn accounts_read_back_and_are_unique_by_address_and_username(directory: &TestDirectory) {
    let mut ada = account(1, "Ada@Acme.example");
    ada.full_name = "Ada O'Brien ? \u{0}".replace('\u{0}', "");
    let bob = account(2, "bob@acme.example");
    store(directory, |unit| {
        unit.insert_account(&ada);
        unit.insert_account(&bob);
    })
    .await
    .unwrap();
    let read = directory.read();
    assert_eq!(read.account(ada.id).await.unwrap(), Some(ada.clone()));
    assert_eq!(read.account_by_email("ada@acme.example").await.unwrap(), Some(ada.clone()));
    assert_eq!(read.account_by_username("bob").await.unwrap(), Some(bob.clone()));
    assert_eq!(read.accounts(None, 10).await.unwrap(), [ada.clone(), bob.clone()]);
    assert_eq!(read.accounts(Some(ada.id), 10).await.unwrap(), std::slice::from_ref(&bob));

    let same_address = account(3, "ada@acme.example");
    assert_eq!(store(directory, |unit| unit.insert_account(&same_address)).await, conflict("account_email"));
    let same_name = account(3, "bob@other.example");
    assert_eq!(store(directory, |unit| unit.insert_account(&same_name)).await, conflict("account_username"));
    for (number, name) in [(4, "bob0@x"), (5, "bob12@x"), (6, "bobby@x"), (7, "bo@x")] {
        store(directory, |unit| unit.insert_account(&account(number, name))).await.unwrap();
    }
    assert_eq!(read.usernames_like("bob").await.unwrap(), ["bob", "bob0", "bob12"]);

    let before = ada.clone();
    ada.email_verified = false;
    ada.disabled = true;
    ada.updated_at = 9;
    store(directory, |unit| unit.update_account(&before, &ada)).await.unwrap();
    assert_eq!(read.account(ada.id).await.unwrap(), Some(ada.clone()));
    // Who read it before somebody else changed it writes nothing: a disabled account does not come back by accident.
    let mut late = before.clone();
    late.full_name = "Ada".to_owned();
    assert_eq!(store(directory, |unit| unit.update_account(&before, &late)).await, Err(DirectoryError::VersionMoved));
    assert_eq!(read.account(ada.id).await.unwrap(), Some(ada));
    let missing = account(99, "nobody@x");
    let nobody = store(directory, |unit| unit.update_account(&missing, &missing)).await;
    assert_eq!(nobody, Err(DirectoryError::VersionMoved));
}

async fn candidates_are_found_by_subject_and_by_address(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let (ada, bob) = (account(1, "ada@acme.example"), account(2, "bob@acme.example"));
    let identity = |account: AccountId, subject: &str| Identity {
        company: acme.company,
        connection: acme.connection,
        subject: subject.to_owned(),
        account,
        created_at: 3,
    };
    store(directory, |unit| {
        unit.insert_account(&ada);
        unit.insert_account(&bob);
        unit.insert_identity(&identity(ada.id, "s-ada"));
    })
    .await
    .unwrap();
    let read = directory.read();
    let before = directory.statements();
    let found = |subject: &'static str, email: Option<&'static str>| {
        let read = read.clone();
        async move {
            let candidates = read.candidates(acme.company, acme.connection, subject, email).await.unwrap();
            candidates.into_iter().map(|found| (found.account.id, found.subject)).collect::<Vec<_>>()
        }
    };
    let ada_found = (ada.id, Some("s-ada".to_owned()));
    assert_eq!(found("s-ada", None).await, std::slice::from_ref(&ada_found));
    assert_eq!(found("s-new", Some("ada@acme.example")).await, std::slice::from_ref(&ada_found));
    assert_eq!(found("s-ada", Some("bob@acme.example")).await, [ada_found, (bob.id, None)]);
    assert_eq!(found("S-ADA", Some("nobody@acme.example")).await, []);
    assert_eq!(directory.statements() - before, 4);

    assert_eq!(read.identities(acme.company, ada.id).await.unwrap(), [identity(ada.id, "s-ada")]);
    let second = identity(ada.id, "s-2");
    assert_eq!(store(directory, |unit| unit.insert_identity(&second)).await, conflict("identity_account"));
    let stolen = identity(bob.id, "s-ada");
    assert_eq!(store(directory, |unit| unit.insert_identity(&stolen)).await, conflict("identity_pkey"));
    // RC-13: an administrator lets the new subject take the place of the old one.
    store(directory, |unit| {
        unit.delete_identity(acme.company, acme.connection, ada.id);
        unit.insert_identity(&second);
    })
    .await
    .unwrap();
    assert_eq!(read.identity(acme.company, acme.connection, "s-2").await.unwrap(), Some(second));
    assert_eq!(read.identity(acme.company, acme.connection, "s-ada").await.unwrap(), None);
}

async fn memberships_come_with_their_teams(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let other = Acme::store_as(directory, "other", 0x07).await;
    let ada = account(1, "ada@acme.example");
    let (here, there) = (membership(acme, ada.id), membership(other, ada.id));
    let second = Team {
        company: acme.company,
        id: TeamId::from_u128(50),
        organization: acme.organization,
        name: "Blue".to_owned(),
        name_folded: "blue".to_owned(),
    };
    store(directory, |unit| {
        unit.insert_account(&ada);
        unit.insert_team(&second);
        unit.insert_membership(&here);
        unit.insert_membership(&there);
        unit.add_to_team(acme.company, acme.team, ada.id);
        unit.add_to_team(acme.company, second.id, ada.id);
        // Again, and into a team of another company: nothing happens.
        unit.add_to_team(acme.company, second.id, ada.id);
        unit.add_to_team(acme.company, other.team, ada.id);
    })
    .await
    .unwrap();
    let read = directory.read();
    let on_connection = read.memberships_on_connection(acme.company, acme.connection, ada.id).await.unwrap();
    assert_eq!(on_connection.len(), 1);
    assert_eq!(on_connection[0].membership, here);
    assert_eq!(on_connection[0].organization_name, "acme");
    let teams = [(second.id, "Blue".to_owned()), (acme.team, "everyone".to_owned())];
    assert_eq!(on_connection[0].teams, teams);
    let all = read.memberships(ada.id).await.unwrap();
    let names: Vec<_> = all.iter().map(|view| (view.organization_name.as_str(), view.teams.len())).collect();
    assert_eq!(names, [("acme", 2), ("other", 0)]);
    let one = read.membership(acme.company, acme.organization, ada.id).await.unwrap();
    assert_eq!(one.as_ref(), on_connection.first());
    assert_eq!(read.teams_of_account(acme.company, ada.id).await.unwrap().len(), 2);

    store(directory, |unit| unit.remove_from_team(acme.company, second.id, ada.id)).await.unwrap();
    assert_eq!(read.teams_of_account(acme.company, ada.id).await.unwrap().len(), 1);
    store(directory, |unit| unit.remove_from_teams(acme.company, acme.organization, ada.id)).await.unwrap();
    assert_eq!(read.teams_of_account(acme.company, ada.id).await.unwrap(), []);
    assert_eq!(store(directory, |unit| unit.insert_membership(&here)).await, conflict("membership_pkey"));
}

async fn a_membership_that_moved_runs_the_unit_again(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let ada = account(1, "ada@acme.example");
    let active = membership(acme, ada.id);
    store(directory, |unit| {
        unit.insert_account(&ada);
        unit.insert_membership(&active);
    })
    .await
    .unwrap();
    // RC-4: who suspended it stands beside the state.
    let suspended = Membership {
        state: MembershipState::Suspended,
        suspended_by: Some(SuspendedBy::Directory),
        updated_at: 8,
        ..active.clone()
    };
    store(directory, |unit| unit.update_membership(&active, &suspended)).await.unwrap();
    let read = directory.read();
    let stored = read.membership(acme.company, acme.organization, ada.id).await.unwrap().unwrap();
    assert_eq!(stored.membership, suspended);
    assert_eq!(
        store(directory, |unit| unit.update_membership(&active, &suspended)).await,
        Err(DirectoryError::VersionMoved)
    );
    store(directory, |unit| unit.update_membership(&suspended, &active)).await.unwrap();
}

async fn members_are_listed_by_pages_of_members(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    for number in 1..=5 {
        let person = account(number, &format!("p{number}@acme.example"));
        let mut membership = membership(acme, person.id);
        if number == 1 {
            membership.role = Role::Owner;
        }
        if number == 4 {
            membership.state = MembershipState::Removed;
        }
        store(directory, |unit| {
            unit.insert_account(&person);
            unit.insert_membership(&membership);
            unit.add_to_team(acme.company, acme.team, person.id);
        })
        .await
        .unwrap();
    }
    let read = directory.read();
    let page = |after: Option<u128>| {
        let read = read.clone();
        async move {
            let after = after.map(AccountId::from_u128);
            let page = read.members_of_organization(acme.company, acme.organization, after, 2).await.unwrap();
            page.into_iter().map(|member| (member.account.username, member.view.teams.len())).collect::<Vec<_>>()
        }
    };
    assert_eq!(page(None).await, [("p1".to_owned(), 1), ("p2".to_owned(), 1)]);
    assert_eq!(page(Some(2)).await, [("p3".to_owned(), 1), ("p5".to_owned(), 1)]);
    assert_eq!(page(Some(5)).await, []);
    assert_eq!(read.owners(acme.company, acme.organization).await.unwrap(), 1);
}

async fn finite_seats_are_counted_with_pending_invitations(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let ada = account(1, "ada@acme.example");
    store(directory, |unit| {
        unit.insert_account(&ada);
        unit.insert_membership(&membership(acme, ada.id));
        // M-3: a pending invitation uses a seat.
        unit.insert_invitation(&invitation(acme, 1));
    })
    .await
    .unwrap();
    let take = async || {
        let taken: Result<_, DirectoryError> =
            directory.write(|unit| async move { unit.take_seats(acme.company, acme.connection).await }).await;
        taken.unwrap()
    };
    assert_eq!(take().await, []);
    let mut organization = directory.read().organization(acme.company, acme.organization).await.unwrap().unwrap();
    organization.seats = Some(3);
    store(directory, |unit| unit.update_organization(&organization)).await.unwrap();
    let seats = take().await.pop().unwrap();
    assert_eq!((seats.total, seats.members, seats.invited, seats.used(), seats.free()), (Some(3), 1, 1, 2, Some(1)));
    let seen = directory.read().seats(acme.company, acme.organization).await.unwrap();
    assert_eq!(seen, Some(seats.clone()));
    let one: Result<_, DirectoryError> = directory
        .write(|unit| async move {
            unit.lock_organization(acme.company, acme.organization).await?;
            unit.take_seats_of(acme.company, acme.organization).await
        })
        .await;
    assert_eq!(one.unwrap(), Some(seats));
}

async fn concurrent_joins_never_take_more_seats_than_there_are(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let mut organization = directory.read().organization(acme.company, acme.organization).await.unwrap().unwrap();
    organization.seats = Some(3);
    store(directory, |unit| unit.update_organization(&organization)).await.unwrap();
    let join = |number: u128| {
        let directory = (**directory).clone();
        tokio::spawn(async move {
            let person = account(number, &format!("p{number}@acme.example"));
            let work = |unit: Unit| {
                let person = person.clone();
                async move {
                    let seats = unit.take_seats(acme.company, acme.connection).await?;
                    let free = seats.iter().all(|seats| seats.free() != Some(0));
                    if free {
                        unit.insert_account(&person);
                        unit.insert_membership(&membership(acme, person.id));
                    }
                    Ok::<_, DirectoryError>(free)
                }
            };
            directory.write(work).await.unwrap()
        })
    };
    let joins: Vec<_> = (1..=12).map(join).collect();
    let mut joined = 0;
    for join in joins {
        joined += u32::from(join.await.unwrap());
    }
    assert_eq!(joined, 3);
    let seats = directory.read().seats(acme.company, acme.organization).await.unwrap().unwrap();
    assert_eq!(seats.members, 3);
}

async fn invitations_move_from_state_to_state(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let (first, second) = (invitation(acme, 1), invitation(acme, 2));
    store(directory, |unit| {
        unit.insert_invitation(&first);
        unit.insert_invitation(&second);
    })
    .await
    .unwrap();
    let read = directory.read();
    let pending = read.pending_invitations(acme.company, "ada@acme.example").await.unwrap();
    let waiting: Vec<_> = pending.iter().map(|sent| sent.invitation.clone()).collect();
    assert_eq!(waiting, [first.clone(), second.clone()]);
    assert_eq!(read.pending_invitations_anywhere("ada@acme.example").await.unwrap(), pending);
    let accept = |unit: &Unit| {
        unit.set_invitation_state(acme.company, first.id, InvitationState::Pending, InvitationState::Accepted);
    };
    store(directory, accept).await.unwrap();
    assert_eq!(store(directory, accept).await, Err(DirectoryError::VersionMoved));
    let left = read.pending_invitations(acme.company, "ada@acme.example").await.unwrap();
    assert_eq!(left.iter().map(|sent| &sent.invitation).collect::<Vec<_>>(), [&second]);
    let stored = read.invitation(acme.company, first.id).await.unwrap().unwrap();
    assert_eq!(stored.state, InvitationState::Accepted);
    let all = read.invitations(acme.company, acme.organization, None, 10).await.unwrap();
    assert_eq!(all, [stored, second]);
}
