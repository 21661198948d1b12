//! What administrators ask about people: who manages them, invitations that were sent, filtered logs.

use rollcall_directory::testing::{Acme, TestDirectory, account};
use rollcall_directory::{
    Activity, ActivityFilter, DecisionFilter, DirectoryError, Invitation, InvitationState, Membership, SentInvitation,
    Session, StoredDecision, Unit,
};
use rollcall_policy::{
    AccountId, ActivityId, ConnectionId, DecisionId, DirectoryUserId, InvitationId, MembershipState, OrganizationId,
    Origin, Outcome, Reason, Role,
};

rollcall_directory::on_each_database! {
    invitations_are_found_by_what_was_invited
    an_invitation_by_username_waits_for_its_account
    scim_ids_are_those_of_serving_connections
    sessions_without_a_membership_end
    activities_pass_a_filter
    decisions_pass_a_filter
}

async fn store(directory: &TestDirectory, work: impl Fn(&Unit) + Send + Sync) {
    let work = &work;
    let stored: Result<(), DirectoryError> = directory
        .write(|unit| async move {
            work(&unit);
            Ok(())
        })
        .await;
    stored.unwrap();
}

fn sent(acme: Acme, number: u128, email_folded: &str, username: Option<&str>) -> SentInvitation {
    SentInvitation {
        invitation: Invitation {
            company: acme.company,
            id: InvitationId::from_u128(number),
            organization: acme.organization,
            email: if username.is_some() { String::new() } else { email_folded.to_owned() },
            email_folded: email_folded.to_owned(),
            team: None,
            role: None,
            state: InvitationState::Pending,
            created_at: 5,
        },
        username: username.map(str::to_owned),
        account: username.map(|_| AccountId::from_u128(1)),
        sent_at: 6,
    }
}

/// RC-10: an invitation by username is not found by the address that it goes to.
async fn invitations_are_found_by_what_was_invited(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let other = Acme::store_as(directory, "other", 0x07).await;
    let by_name = sent(acme, 1, "ada@acme.example", Some("ada"));
    let by_address = sent(acme, 2, "bob@acme.example", None);
    let all = [by_name.clone(), by_address.clone()];
    store(directory, |unit| all.iter().for_each(|sent| unit.insert_sent_invitation(sent))).await;
    let read = directory.read();
    let (company, organization) = (acme.company, acme.organization);
    let to_address = |address: &'static str| read.invitation_to_address(company, organization, address);
    assert_eq!(to_address("ada@acme.example").await.unwrap(), None);
    assert_eq!(to_address("bob@acme.example").await.unwrap(), Some(by_address.clone()));
    let named = read.invitation_to_username(company, organization, "ada").await.unwrap();
    assert_eq!(named, Some(by_name.clone()));
    let id = by_name.invitation.id;
    assert_eq!(read.sent_invitation(company, id).await.unwrap(), Some(by_name.clone()));
    assert_eq!(read.sent_invitation(other.company, id).await.unwrap(), None);
    assert_eq!(read.company_of_invitation(id).await.unwrap(), Some(company));
    assert_eq!(read.company_of_invitation(InvitationId::from_u128(9)).await.unwrap(), None);

    store(directory, |unit| {
        unit.set_invitation_state(company, id, InvitationState::Pending, InvitationState::Declined);
    })
    .await;
    let page = |state, after| read.sent_invitations(company, organization, state, after, 9);
    assert_eq!(page(Some(InvitationState::Pending), None).await.unwrap(), std::slice::from_ref(&by_address));
    assert_eq!(page(None, Some(id)).await.unwrap(), [by_address]);
    store(directory, |unit| unit.resend_invitation(company, id, InvitationState::Declined, 60)).await;
    assert_eq!(read.sent_invitation(company, id).await.unwrap(), Some(SentInvitation { sent_at: 60, ..by_name }));
}

/// RC-10: whatever address the row keeps, the account has it, under the address of now.
async fn an_invitation_by_username_waits_for_its_account(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let by_name = sent(acme, 1, "ada@acme.example", Some("ada"));
    let ada = account(1, "ada.king@acme.example");
    let next = account(2, "ada@acme.example");
    store(directory, |unit| {
        unit.insert_sent_invitation(&by_name);
        unit.insert_account(&ada);
        unit.insert_account(&next);
    })
    .await;
    let read = directory.read();
    assert_eq!(read.pending_invitations(acme.company, "ada@acme.example").await.unwrap(), []);
    assert_eq!(read.pending_invitations_anywhere("ada@acme.example").await.unwrap(), []);
    let mut expected = by_name;
    expected.invitation.email_folded = ada.email_folded;
    let found = read.pending_invitations(acme.company, "ada.king@acme.example").await.unwrap();
    assert_eq!(found, std::slice::from_ref(&expected));
    assert_eq!(read.pending_invitations_anywhere("ada.king@acme.example").await.unwrap(), found);
    let other = Acme::store_as(directory, "other", 0x07).await;
    assert_eq!(read.pending_invitations(other.company, "ada.king@acme.example").await.unwrap(), []);
}

async fn scim_ids_are_those_of_serving_connections(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let ada = account(1, "ada@acme.example");
    let id = DirectoryUserId::from_u128(50);
    let scope = rollcall_directory::Scope { company: acme.company, connection: acme.connection };
    store(directory, |unit| {
        unit.insert_account(&ada);
        unit.set_scim_id(scope, ada.id, None, id);
    })
    .await;
    let read = directory.read();
    let found = read.scim_ids_in_organization(acme.company, acme.organization, &[ada.id]).await.unwrap();
    assert_eq!(found.get(&ada.id).map(Vec::as_slice), Some([(acme.connection, id)].as_slice()));
    let elsewhere = OrganizationId::from_u128(9);
    assert!(read.scim_ids_in_organization(acme.company, elsewhere, &[ada.id]).await.unwrap().is_empty());
    // Nobody was pushed, so nobody is managed.
    let managed = read.managed_in_organization(acme.company, acme.organization, &[ada.id]).await.unwrap();
    assert!(managed.is_empty());
    assert_eq!(read.connections_serving(acme.company, acme.organization).await.unwrap(), [(acme.connection, false)]);
    let only = read.connections_serving_only(acme.company, acme.organization).await.unwrap();
    assert_eq!(only, [acme.connection]);
    let defaults = read.connections_with_default_team(acme.company, acme.team).await.unwrap();
    assert_eq!(defaults, ["acme-sso"]);
}

/// RC-3: only where nothing is left.
async fn sessions_without_a_membership_end(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let people = [account(1, "ada@acme.example"), account(2, "bob@acme.example")];
    let session = |person: usize| Session {
        id_hash: [u8::try_from(person).unwrap(); 32],
        account: people[person].id,
        company: Some(acme.company),
        connection: Some(acme.connection),
        created_at: 1,
        expires_at: 100,
        idle_seconds: None,
        last_seen_at: 1,
        ended_at: None,
    };
    let membership = |person: usize, state| Membership {
        company: acme.company,
        organization: acme.organization,
        account: people[person].id,
        role: Role::Member,
        origin: Origin::Jit,
        state,
        suspended_by: None,
        created_at: 1,
        updated_at: 1,
    };
    store(directory, |unit| {
        for (index, state) in [MembershipState::Active, MembershipState::Removed].into_iter().enumerate() {
            unit.insert_account(&people[index]);
            unit.insert_membership(&membership(index, state));
            unit.insert_session(&session(index));
            unit.end_sessions_without_membership(people[index].id, acme.company, 7);
        }
    })
    .await;
    let read = directory.read();
    let ended = async |person: usize| read.session(&session(person).id_hash).await.unwrap().unwrap().session.ended_at;
    assert_eq!((ended(0).await, ended(1).await), (None, Some(7)));
}

/// L-2.
async fn activities_pass_a_filter(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let other = Acme::store_as(directory, "other", 0x07).await;
    let entry = |number: u128, company, actor: &str, subject: &str| Activity {
        company,
        id: ActivityId::from_u128(number),
        at: i64::try_from(number).unwrap() * 10,
        action: if number.is_multiple_of(2) { "even" } else { "odd" }.to_owned(),
        actor: actor.to_owned(),
        subject: subject.to_owned(),
        data: "{}".to_owned(),
    };
    store(directory, |unit| {
        unit.insert_activity_of(acme.organization, &entry(1, Some(acme.company), "token:1", "ada"));
        unit.insert_activity(&entry(2, Some(acme.company), "token:2", "bob"));
        unit.insert_activity(&entry(3, Some(acme.company), "connection:1", "ada"));
        unit.insert_activity(&entry(4, Some(other.company), "token:1", "ada"));
        unit.insert_activity(&entry(5, None, "operator", "x"));
    })
    .await;
    let read = directory.read();
    let passing = async |filter: ActivityFilter| {
        let found = read.activities_passing(&filter, None, 9).await.unwrap();
        found.iter().map(|entry| entry.id.uuid().as_u128()).collect::<Vec<_>>()
    };
    let ours = || ActivityFilter { company: Some(acme.company), ..ActivityFilter::default() };
    assert_eq!(passing(ActivityFilter::default()).await, [5, 4, 3, 2, 1]);
    assert_eq!(passing(ours()).await, [3, 2, 1]);
    assert_eq!(
        passing(ActivityFilter { subjects: Some(vec!["ada".to_owned(), "eve".to_owned()]), ..ours() }).await,
        [3, 1]
    );
    assert_eq!(passing(ActivityFilter { action: Some("even".to_owned()), ..ours() }).await, [2]);
    assert_eq!(passing(ActivityFilter { from: Some(20), to: Some(30), ..ours() }).await, [2]);
    let actors = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(passing(ActivityFilter { actors: actors(&["token:1", "token:2"]), ..ours() }).await, [2, 1]);
    assert_eq!(passing(ActivityFilter { actors: actors(&[]), ..ours() }).await, [0_u128; 0]);
    let own =
        |names: &[&str]| ActivityFilter { organization: Some(acme.organization), actors: actors(names), ..ours() };
    assert_eq!(passing(own(&[])).await, [1]);
    assert_eq!(passing(own(&["connection:1"])).await, [3, 1]);
    // A connection may have had more tokens than a statement takes variables.
    let mut many: Vec<String> = (1..70_000).map(|number| format!("token:{number}")).collect();
    many.push("connection:1".to_owned());
    assert_eq!(passing(ActivityFilter { actors: Some(many.clone()), ..ours() }).await, [3, 2, 1]);
    assert_eq!(passing(ActivityFilter { actors: Some(many), ..own(&[]) }).await, [3, 2, 1]);
    let before = read.activities_passing(&ours(), Some(ActivityId::from_u128(3)), 1).await.unwrap();
    assert_eq!(before.iter().map(|entry| entry.id.uuid().as_u128()).collect::<Vec<_>>(), [2]);
}

async fn decisions_pass_a_filter(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let other = Acme::store_as(directory, "other", 0x07).await;
    let decision = |number: u128, acme: Acme, account: u128, outcome| StoredDecision {
        company: acme.company,
        id: DecisionId::from_u128(number),
        connection: acme.connection,
        account: Some(AccountId::from_u128(account)),
        at: i64::try_from(number).unwrap() * 10,
        outcome,
        reason: if outcome == Outcome::Allow { Reason::Allowed } else { Reason::AccessDenied },
        facts: "{}".to_owned(),
        decision: "{}".to_owned(),
    };
    let all = [
        decision(1, acme, 1, Outcome::Allow),
        decision(2, acme, 2, Outcome::Deny),
        decision(3, acme, 1, Outcome::Deny),
        decision(4, other, 1, Outcome::Allow),
    ];
    store(directory, |unit| all.iter().for_each(|decision| unit.insert_decision(decision))).await;
    let read = directory.read();
    let passing = async |filter: DecisionFilter| {
        let found = read.decisions_passing(&filter, None, 9).await.unwrap();
        found.iter().map(|decision| decision.id.uuid().as_u128()).collect::<Vec<_>>()
    };
    let ours = || DecisionFilter { company: Some(acme.company), ..DecisionFilter::default() };
    assert_eq!(passing(DecisionFilter::default()).await, [4, 3, 2, 1]);
    assert_eq!(passing(ours()).await, [3, 2, 1]);
    assert_eq!(passing(DecisionFilter { account: Some(AccountId::from_u128(1)), ..ours() }).await, [3, 1]);
    assert_eq!(passing(DecisionFilter { outcome: Some(Outcome::Allow), ..ours() }).await, [1]);
    assert_eq!(passing(DecisionFilter { reason: Some(Reason::AccessDenied), to: Some(30), ..ours() }).await, [2]);
    let connections = |ids: &[ConnectionId]| Some(ids.to_vec());
    assert_eq!(passing(DecisionFilter { connections: connections(&[other.connection]), ..ours() }).await, [0_u128; 0]);
    assert_eq!(passing(DecisionFilter { connections: connections(&[]), ..ours() }).await, [0_u128; 0]);
    assert_eq!(read.decision_anywhere(all[3].id).await.unwrap().as_ref(), Some(&all[3]));
    assert_eq!(read.decision_anywhere(DecisionId::from_u128(9)).await.unwrap(), None);
}
