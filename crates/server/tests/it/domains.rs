//! Domains of companies: added, proven by a record, moved, given up; on both databases, against a real name server.

use rollcall_directory::testing::{Acme, TestDirectory, account};
use rollcall_directory::{Directory, Domain, DomainState, Membership, Organization};
use rollcall_policy::{CompanyId, MembershipState, OrganizationId, Origin, Role};
use rollcall_scim::etag::Preconditions;
use rollcall_server::app::Doer;
use rollcall_server::app::domains::auto_provisioning::Wanted;
use rollcall_server::app::domains::name::DomainName;
use rollcall_server::app::domains::{
    Attached, DomainError, add, audit, auto_provisioning, recheck, remove, transfer, trust, verify,
};
use rollcall_server::clock::{Clock, DAY, HOUR, SECOND};
use rollcall_server::ids::Ids;

use crate::dns::{NameServer, Reply, text};

rollcall_directory::on_each_database! {
    a_domain_is_pending_until_its_record_is_seen
    what_the_name_server_says_instead_is_told_and_changes_nothing
    companies_that_add_one_domain_do_not_see_each_other_and_one_verifies_it
    of_two_verifications_at_once_one_wins
    a_verified_domain_stays_so_without_its_record
    a_domain_added_again_has_another_value_and_the_old_record_proves_nothing
    an_attached_domain_is_not_removed
    people_join_by_address_in_verified_domains_only
    a_change_moves_the_connections_that_have_the_domain
    the_operator_trusts_and_transfers
    pending_domains_are_looked_up_by_schedule_and_then_left
    instances_share_the_look_ups
    the_audit_lists_who_is_in_no_organization
    every_change_is_noted
}

const MINUTE: i64 = 60 * SECOND;

/// Two companies, a name server, and a clock that stands still.
struct Town<'a> {
    directory: &'a Directory,
    acme: Acme,
    other: Acme,
    server: NameServer,
    clock: Clock,
    ids: Ids,
}

impl<'a> Town<'a> {
    async fn new(directory: &'a TestDirectory) -> Self {
        let acme = Acme::store(directory).await;
        let other = Acme::store_as(directory, "other", 0x07).await;
        let clock = Clock::fixed(1_800_000_000 * SECOND);
        Self { directory, acme, other, server: NameServer::start().await, clock, ids: Ids::system() }
    }

    fn doer(&self) -> Doer<'_> {
        Doer { actor: "test", ids: &self.ids, now: self.clock.now() }
    }

    async fn add(&self, company: CompanyId, domain: &str) -> Result<Domain, DomainError> {
        add::add(self.directory, company, &name(domain), self.doer()).await
    }

    async fn verify(&self, company: CompanyId, domain: &str) -> Result<Attached, DomainError> {
        verify::verify(self.directory, &self.server.resolver(), company, &name(domain), self.doer()).await
    }

    async fn remove(&self, company: CompanyId, domain: &str) -> Result<(), DomainError> {
        let seen = Preconditions::none();
        remove::remove(self.directory, company, &name(domain), &seen, self.doer()).await
    }

    async fn auto(&self, domain: &str, on: bool, organization: Option<&str>) -> Result<Attached, DomainError> {
        let wanted = Wanted { on, organization };
        let (name, seen) = (name(domain), Preconditions::none());
        auto_provisioning::set(self.directory, self.acme.company, &name, (&seen, wanted), self.doer()).await
    }

    /// A domain that is verified for acme.
    async fn verified(&self, domain: &str) -> Attached {
        let added = self.add(self.acme.company, domain).await.unwrap();
        self.server.set(domain, text(&added.txt_value));
        self.verify(self.acme.company, domain).await.unwrap()
    }

    async fn attach(&self, domains: &[&str]) {
        let domains: Vec<String> = domains.iter().map(|domain| (*domain).to_owned()).collect();
        let domains = &domains;
        self.write(|unit| unit.set_connection_domains(self.acme.company, self.acme.connection, domains)).await;
    }

    async fn write(&self, work: impl Fn(&rollcall_directory::Unit) + Send + Sync) {
        let work = &work;
        let written = self.directory.write(|unit| async move {
            work(&unit);
            Ok::<(), rollcall_directory::DirectoryError>(())
        });
        written.await.unwrap();
    }

    async fn state(&self, company: CompanyId, domain: &str) -> Option<DomainState> {
        self.directory.read().domain(company, domain).await.unwrap().map(|domain| domain.state)
    }

    async fn checks(&self, domain: &str) -> rollcall_directory::DomainChecks {
        let mut checks = self.directory.read().domain_checks(self.acme.company, domain, domain).await.unwrap();
        checks.remove(domain).unwrap()
    }

    async fn pass(&self) -> recheck::Pass {
        recheck::pass(self.directory, &self.server.resolver(), self.doer()).await.unwrap()
    }

    async fn updated_at(&self) -> i64 {
        let reader = self.directory.read();
        reader.connection(self.acme.company, self.acme.connection).await.unwrap().unwrap().record.updated_at
    }
}

fn name(text: &str) -> DomainName {
    text.parse().unwrap()
}

/// P/D-1, P/D-2, P/D-3, P/D-4.
async fn a_domain_is_pending_until_its_record_is_seen(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let added = town.add(town.acme.company, "US.corp.example").await.unwrap();
    assert_eq!((added.name.as_str(), added.state), ("us.corp.example", DomainState::Pending));
    let secret = added.txt_value.strip_prefix("rollcall-verification=").unwrap();
    assert_eq!(secret.len(), 43, "256 bits");
    // The parent's record is another domain's.
    town.server.set("corp.example", text(&added.txt_value));
    assert!(matches!(town.verify(town.acme.company, "us.corp.example").await, Err(DomainError::Unproven(_))));
    town.server.set("us.corp.example", text(&added.txt_value));
    let verified = town.verify(town.acme.company, "us.corp.example").await.unwrap().domain;
    assert_eq!((verified.state, verified.verified_at), (DomainState::Verified, Some(town.clock.now())));
    let stored = directory.read().domain(town.acme.company, "us.corp.example").await.unwrap();
    assert_eq!(stored, Some(verified));
    assert_eq!(directory.read().verified_domain("corp.example").await.unwrap(), None);
    assert!(matches!(town.add(town.acme.company, "us.corp.example").await, Err(DomainError::Exists(_))));
}

async fn what_the_name_server_says_instead_is_told_and_changes_nothing(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let added = town.add(town.acme.company, "corp.example").await.unwrap();
    let before = directory.contents().await;
    let two = Reply::Texts(vec![vec!["v=spf1 -all".to_owned()], vec!["rollcall-verification=of-before".to_owned()]]);
    for (reply, sentence, outage) in [
        (Reply::Code(hickory_proto::op::ResponseCode::NXDomain), "says that there is no name `corp.example`", false),
        (Reply::Texts(Vec::new()), "knows no TXT record of `corp.example`", false),
        (two, "knows 2 TXT record(s) of `corp.example`, and none of them is the expected one", false),
        (Reply::Code(hickory_proto::op::ResponseCode::ServFail), "(SERVFAIL); nothing was changed", true),
        (Reply::Silence, "did not say within 1 seconds", true),
    ] {
        town.server.set("corp.example", reply);
        let Err(DomainError::Unproven(unproven)) = town.verify(town.acme.company, "corp.example").await else {
            panic!("{sentence}")
        };
        let told = unproven.to_string();
        assert!(told.starts_with(&format!("the name server {}", town.server.address)), "{told}");
        assert!(told.contains(sentence), "{told}");
        assert_eq!((unproven.is_outage(), told.contains(&added.txt_value)), (outage, !outage), "{told}");
    }
    assert_eq!(directory.contents().await, before);
}

/// P/D-7: who cannot prove a domain does not learn that somebody else has it.
async fn companies_that_add_one_domain_do_not_see_each_other_and_one_verifies_it(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let first = town.add(town.acme.company, "corp.example").await.unwrap();
    let second = town.add(town.other.company, "corp.example").await.unwrap();
    assert_ne!(first.txt_value, second.txt_value);
    town.server.set("corp.example", text(&first.txt_value));
    town.verify(town.acme.company, "corp.example").await.unwrap();
    let refused = town.verify(town.other.company, "corp.example").await.unwrap_err();
    assert!(matches!(refused, DomainError::Unproven(_)), "{refused}");
    // With the record, it is told; the other company's name is not.
    town.server.set("corp.example", text(&second.txt_value));
    let refused = town.verify(town.other.company, "corp.example").await.unwrap_err();
    assert!(matches!(refused, DomainError::Taken(_)), "{refused}");
    assert!(!refused.to_string().contains("acme"), "{refused}");
    assert_eq!(town.state(town.other.company, "corp.example").await, Some(DomainState::Pending));
    // Nobody touches what another company has.
    assert!(matches!(town.remove(town.other.company, "acme.example").await, Err(DomainError::Unknown(_))));
    assert!(matches!(town.verify(town.other.company, "acme.example").await, Err(DomainError::Unknown(_))));
    town.remove(town.acme.company, "corp.example").await.unwrap();
    town.verify(town.other.company, "corp.example").await.unwrap();
}

/// P/D-7.
async fn of_two_verifications_at_once_one_wins(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    for round in 0..5 {
        let domain = format!("corp{round}.example");
        let mut values = Vec::new();
        for company in [town.acme.company, town.other.company] {
            values.push(vec![town.add(company, &domain).await.unwrap().txt_value]);
        }
        town.server.set(&domain, Reply::Texts(values));
        let (one, two) =
            tokio::join!(town.verify(town.acme.company, &domain), town.verify(town.other.company, &domain));
        let won = [&one, &two].iter().filter(|outcome| outcome.is_ok()).count();
        let taken = [&one, &two].iter().filter(|outcome| matches!(outcome, Err(DomainError::Taken(_)))).count();
        assert_eq!((won, taken), (1, 1), "{one:?} {two:?}");
    }
}

/// P/D-6.
async fn a_verified_domain_stays_so_without_its_record(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let verified = town.verified("corp.example").await;
    town.server.set("corp.example", Reply::Texts(Vec::new()));
    assert_eq!(town.verify(town.acme.company, "corp.example").await.unwrap(), verified);
    town.clock.advance(40 * DAY);
    assert_eq!(town.pass().await, recheck::Pass::default());
    assert_eq!(town.state(town.acme.company, "corp.example").await, Some(DomainState::Verified));
}

/// P/D-8, P/D-9, P/A-11.
async fn a_domain_added_again_has_another_value_and_the_old_record_proves_nothing(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let before = town.verified("corp.example").await.domain;
    town.auto("corp.example", true, None).await.unwrap();
    town.remove(town.acme.company, "corp.example").await.unwrap();
    assert_eq!(town.state(town.acme.company, "corp.example").await, None);
    let again = town.add(town.acme.company, "corp.example").await.unwrap();
    assert_ne!(again.txt_value, before.txt_value);
    assert_eq!((again.state, again.auto_provisioning), (DomainState::Pending, false));
    assert!(matches!(town.verify(town.acme.company, "corp.example").await, Err(DomainError::Unproven(_))));
}

/// P4-28, P/D-10.
async fn an_attached_domain_is_not_removed(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let before = directory.contents().await;
    let refused = town.remove(town.acme.company, "acme.example").await.unwrap_err();
    assert_eq!(refused.to_string(), "the domain `acme.example` is attached to acme-sso; take it off there first");
    let to = transfer::transfer(directory, &name("acme.example"), town.other.company, town.doer()).await;
    assert!(matches!(to, Err(DomainError::Attached { .. })), "{to:?}");
    assert_eq!(directory.contents().await, before);
    town.attach(&[]).await;
    town.remove(town.acme.company, "acme.example").await.unwrap();
    assert!(matches!(town.remove(town.acme.company, "acme.example").await, Err(DomainError::Unknown(_))));
}

/// P/A-1, P/A-2, P/A-10, P/A-11, P4-7, P4-30.
async fn people_join_by_address_in_verified_domains_only(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    town.add(town.acme.company, "corp.example").await.unwrap();
    assert!(matches!(town.auto("corp.example", true, None).await, Err(DomainError::NotVerified(_))));
    let off = town.auto("corp.example", false, None).await.unwrap();
    assert!(!off.domain.auto_provisioning);
    trust::trust(directory, town.acme.company, &name("corp.example"), town.doer()).await.unwrap();
    // The only organization needs no naming; another company's is none.
    let on = town.auto("corp.example", true, None).await.unwrap().domain;
    assert_eq!((on.auto_provisioning, on.organization), (true, Some(town.acme.organization)));
    assert!(matches!(town.auto("corp.example", true, Some("other")).await, Err(DomainError::NoOrganization(_))));
    assert!(matches!(town.auto("corp.example", true, Some("nobody")).await, Err(DomainError::NoOrganization(_))));
    let second = OrganizationId::from_u128(77);
    let organization = Organization {
        company: town.acme.company,
        id: second,
        name: "labs".to_owned(),
        display_name: "Labs".to_owned(),
        seats: None,
        created_at: 1,
    };
    town.write(|unit| unit.insert_organization(&organization)).await;
    let verified = trust::trust(directory, town.acme.company, &name("labs.example"), town.doer()).await.unwrap();
    assert!(!verified.domain.auto_provisioning, "P/A-2");
    assert!(matches!(town.auto("labs.example", true, None).await, Err(DomainError::WhichOrganization)));
    assert_eq!(town.auto("labs.example", true, Some("labs")).await.unwrap().domain.organization, Some(second));
    // One target a domain: another one takes its place.
    assert_eq!(
        town.auto("labs.example", true, Some("acme")).await.unwrap().domain.organization,
        Some(town.acme.organization)
    );
    assert!(!town.auto("labs.example", false, None).await.unwrap().domain.auto_provisioning);
}

/// Units read a connection again only if it moved.
async fn a_change_moves_the_connections_that_have_the_domain(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    town.attach(&["acme.example", "corp.example"]).await;
    let added = town.add(town.acme.company, "corp.example").await.unwrap();
    town.server.set("corp.example", text(&added.txt_value));
    let before = town.updated_at().await;
    let verified = town.verify(town.acme.company, "corp.example").await.unwrap();
    assert_eq!(verified.connections.len(), 1);
    let after = town.updated_at().await;
    assert!(after > before);
    // The clock stands still, and yet it moves.
    town.auto("corp.example", true, None).await.unwrap();
    assert!(town.updated_at().await > after);
    let still = town.updated_at().await;
    town.auto("corp.example", true, None).await.unwrap();
    town.verify(town.acme.company, "corp.example").await.unwrap();
    assert_eq!(town.updated_at().await, still, "what changes nothing moves nothing");
}

/// P/D-7.
async fn the_operator_trusts_and_transfers(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let (acme, other) = (town.acme.company, town.other.company);
    let corp = name("corp.example");
    let trusted = trust::trust(directory, acme, &corp, town.doer()).await.unwrap();
    assert_eq!(trusted.domain.state, DomainState::Verified);
    assert_eq!(trust::trust(directory, acme, &corp, town.doer()).await.unwrap(), trusted);
    assert!(matches!(trust::trust(directory, other, &corp, town.doer()).await, Err(DomainError::Taken(_))));
    town.add(other, "corp.example").await.unwrap();
    assert!(matches!(trust::trust(directory, other, &corp, town.doer()).await, Err(DomainError::Taken(_))));
    town.auto("corp.example", true, None).await.unwrap();
    let moved = transfer::transfer(directory, &corp, other, town.doer()).await.unwrap();
    assert_eq!((moved.domain.company, moved.domain.state), (other, DomainState::Verified));
    assert!(!moved.domain.auto_provisioning);
    assert_eq!(town.state(acme, "corp.example").await, None);
    let stored = directory.read().verified_domain("corp.example").await.unwrap().unwrap();
    assert_eq!(stored, moved.domain);
    assert_eq!(transfer::transfer(directory, &corp, other, town.doer()).await.unwrap(), moved);
    let none = transfer::transfer(directory, &name("none.example"), other, town.doer()).await;
    assert!(matches!(none, Err(DomainError::NotVerified(_))), "{none:?}");
    assert_eq!(town.server.asked(), Vec::<String>::new());
}

/// P/D-2: every 5 to 15 minutes for 72 hours, daily for 30 days, then no more.
async fn pending_domains_are_looked_up_by_schedule_and_then_left(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let acme = town.acme.company;
    let added = town.add(acme, "corp.example").await.unwrap();
    assert_eq!(town.pass().await.looked_up, 0, "nobody has published anything yet");
    town.clock.advance(5 * MINUTE);
    assert_eq!(town.pass().await.looked_up, 1);
    assert_eq!(town.pass().await.looked_up, 0);
    let checks = town.checks("corp.example").await;
    let now = town.clock.now();
    assert_eq!((checks.checked_at, checks.found.as_deref()), (Some(now), Some("no_such_name")));
    assert_eq!(checks.next_at, Some(now + 5 * MINUTE));
    town.clock.advance(72 * HOUR);
    assert_eq!(town.pass().await.looked_up, 1);
    town.clock.advance(15 * MINUTE);
    assert_eq!(town.pass().await.looked_up, 0, "daily by now");
    town.clock.advance(DAY);
    town.server.set("corp.example", Reply::Code(hickory_proto::op::ResponseCode::ServFail));
    assert_eq!(town.pass().await.looked_up, 1);
    let checks = town.checks("corp.example").await;
    assert_eq!(checks.found.as_deref(), Some("server_failure"));
    town.server.set("corp.example", text("something else"));
    let given_up = || async {
        let events = directory.read().pending_events(None, 100).await.unwrap();
        events.into_iter().filter(|event| event.kind == "domain.failing").map(|event| event.payload).collect::<Vec<_>>()
    };
    assert_eq!(given_up().await, Vec::<String>::new(), "owners are not told of what may still come");
    town.clock.advance(33 * DAY);
    assert_eq!(town.pass().await.looked_up, 1, "the last one");
    let told = given_up().await;
    assert!(told.len() == 1 && told[0].contains("\"corp.example\""), "{told:?}");
    assert_eq!(town.checks("corp.example").await.next_at, None);
    town.clock.advance(DAY);
    town.server.set("corp.example", text(&added.txt_value));
    assert_eq!(town.pass().await.looked_up, 0);
    assert_eq!(town.state(acme, "corp.example").await, Some(DomainState::Pending));
    town.verify(acme, "corp.example").await.unwrap();
    // The record appears in time.
    let added = town.add(acme, "late.example").await.unwrap();
    town.server.set("late.example", text(&added.txt_value));
    town.clock.advance(5 * MINUTE);
    let pass = town.pass().await;
    assert_eq!((pass.looked_up, pass.verified.len()), (1, 1));
    assert_eq!(town.state(acme, "late.example").await, Some(DomainState::Verified));
}

/// Each due domain is looked up by one of them.
async fn instances_share_the_look_ups(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    for number in 0..20 {
        town.add(town.acme.company, &format!("corp{number:02}.example")).await.unwrap();
    }
    town.clock.advance(5 * MINUTE);
    let second = directory.open_again().await;
    let dns = town.server.resolver();
    let (one, two) = tokio::join!(town.pass(), async { recheck::pass(&second, &dns, town.doer()).await.unwrap() });
    assert_eq!(one.looked_up + two.looked_up, 20);
    let mut asked = town.server.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 20);
    second.close().await;
}

/// P/D-13, P/D-14.
async fn the_audit_lists_who_is_in_no_organization(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    town.verified("corp.example").await;
    town.verified("xn--bcher-kva.example").await;
    town.add(town.acme.company, "pending.example").await.unwrap();
    let addresses = [
        "b@corp.example",
        "a@acme.example",
        "member@acme.example",
        "disabled@acme.example",
        "unproven@acme.example",
        "x@us.acme.example",
        "y@pending.example",
        "z@elsewhere.example",
        "acme.example@elsewhere.example",
        "c@b\u{fc}cher.example",
        "gone@acme.example",
    ];
    town.write(|unit| {
        for (number, address) in (100..).zip(addresses) {
            let mut account = account(number, address);
            account.username = format!("user{number}");
            account.disabled = address.starts_with("disabled");
            account.email_verified = !address.starts_with("unproven");
            unit.insert_account(&account);
        }
        for (number, state) in [(102, MembershipState::Suspended), (110, MembershipState::Removed)] {
            unit.insert_membership(&Membership {
                company: town.acme.company,
                organization: town.acme.organization,
                account: rollcall_policy::AccountId::from_u128(number),
                role: Role::Member,
                origin: Origin::Jit,
                state,
                suspended_by: None,
                created_at: 1,
                updated_at: 1,
            });
        }
    })
    .await;
    for limit in [1, 2, 100] {
        let (mut found, mut from) = (Vec::new(), Some(audit::Position::default()));
        while let Some(position) = from {
            let page = audit::page(directory, town.acme.company, &position, limit).await.unwrap();
            assert!(page.accounts.len() as u64 <= limit);
            found.extend(page.accounts);
            from = page.next;
        }
        let found: Vec<&str> = found.iter().map(|account| account.email.as_str()).collect();
        assert_eq!(
            found,
            ["a@acme.example", "gone@acme.example", "c@b\u{fc}cher.example", "b@corp.example"],
            "{limit}"
        );
    }
    let page = audit::page(directory, town.other.company, &audit::Position::default(), 10).await.unwrap();
    assert_eq!(page.accounts, []);
}

/// L-3.
async fn every_change_is_noted(directory: &TestDirectory) {
    let town = Town::new(directory).await;
    let verified = town.verified("corp.example").await;
    town.auto("corp.example", true, None).await.unwrap();
    town.auto("corp.example", false, None).await.unwrap();
    transfer::transfer(directory, &name("corp.example"), town.other.company, town.doer()).await.unwrap();
    let noted = async |company| {
        let entries = directory.read().activities(company, None, 100).await.unwrap();
        for entry in &entries {
            assert!(!entry.data.contains(&verified.domain.txt_value) && entry.subject == "domain:corp.example");
        }
        let mut actions: Vec<String> = entries.into_iter().map(|entry| entry.action).collect();
        actions.sort();
        actions
    };
    assert_eq!(
        noted(town.acme.company).await,
        [
            "auto_provisioning_disabled",
            "auto_provisioning_enabled",
            "domain_added",
            "domain_removed",
            "domain_verified"
        ]
    );
    assert_eq!(noted(town.other.company).await, ["domain_added", "domain_verified"]);
}
