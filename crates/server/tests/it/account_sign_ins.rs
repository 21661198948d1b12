//! Sign-ins without SSO over HTTP: the product's key, invitations, domains that admit their people (A, M, E and RC rules).

use rollcall_conformance::client::{Answer, Request};
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, Domain, Invitation, InvitationState, Organization, Team, on_each_database};
use rollcall_policy::{AccountId, CompanyId, InvitationId, OrganizationId, Role, TeamId};
use rollcall_server::clock::{DAY, SECOND};
use serde_json::{Value, json};

use crate::sign_ins::{insert_account, invite};
use crate::site::{Door, Site, evidence, rules, sign_in, user_with};

on_each_database! {
    a_domain_admits_existing_accounts
    a_domain_of_a_connection_admits_nobody
    a_full_organization_is_told_of_once_a_day
    the_last_seat_of_a_domain_is_given_once
    invitations_of_all_companies_are_accepted
    an_invitation_is_accepted_once_by_many_sign_ins
    enforcement_is_by_the_domain_of_the_address
    a_leaver_comes_back_by_no_invitation_and_no_domain
    an_inactive_user_with_nothing_but_a_user_name_is_seen_at_this_door
    an_account_session_lives_on_without_the_company
    a_dry_run_without_sso_changes_no_row
    a_decision_without_sso_is_stored_and_replayed
    evidence_and_keys_belong_together
}

/// A sign-in on the product's word.
pub(crate) fn account_evidence(site: &Site, email: &str, verified: bool) -> Request {
    let body = json!({"evidence": {"type": "account", "email": email, "email_verified": verified}});
    with_key(&site.product, &body)
}

fn with_key(key: &str, body: &Value) -> Request {
    let mut request = Request::new("POST", "origin:/sso/sign-in", key);
    request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
    request.body = Some(body.to_string().into_bytes());
    request
}

/// One that is decided; the answer's body.
pub(crate) async fn signs_in(site: &Site, email: &str, verified: bool) -> Value {
    let answer = site.send(&account_evidence(site, email, verified)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body().clone()
}

/// Takes the domain off all connections of the company and lets it admit its people.
pub(crate) async fn auto_provision(site: &Site, door: &Door) {
    let name = &format!("{}.example", door.name);
    site.write(|unit| async move {
        unit.set_connection_domains(door.company, door.connection, &[]);
        let stored = unit.domain(door.company, name).await?.expect("a domain");
        unit.update_domain(&Domain { auto_provisioning: true, ..stored });
        Ok(())
    })
    .await;
    site.change(door, |_| {}).await;
}

/// Organization, role and origin of each membership in an answer.
fn memberships(decided: &Value) -> Vec<Value> {
    let each = |membership: &Value| json!([membership["organization"], membership["role"], membership["origin"]]);
    decided["memberships"].as_array().unwrap().iter().map(each).collect()
}

async fn events(site: &Site, kind: &str) -> Vec<Value> {
    let all = site.directory().read().pending_events(None, 1_000).await.unwrap();
    let of_kind = all.into_iter().filter(|event| event.kind == kind);
    of_kind.map(|event| serde_json::from_str(&event.payload).unwrap()).collect()
}

/// P4-8.
/// P/A-3, P/A-4, P/A-5, P/A-6, P/A-9, P/A-10, P/D-4, P4-47.
async fn a_domain_admits_existing_accounts(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    auto_provision(&site, &acme).await;
    insert_account(&site, &account(7, "ada@acme.example")).await;
    insert_account(&site, &Account { email_verified: false, ..account(8, "grace@acme.example") }).await;
    insert_account(&site, &account(9, "edsger@eu.acme.example")).await;
    let joined = vec![json!(["acme", "member", "domain"])];
    let decided = signs_in(&site, "Ada@acme.example", true).await;
    assert_eq!((&decided["reason"], memberships(&decided)), (&json!("allowed"), joined.clone()), "P/A-3: {decided}");
    assert!(["A-3", "A-6", "RC-3"].iter().all(|rule| rules(&decided).contains(rule)), "{decided}");
    assert_eq!(events(&site, "member.auto_provisioned").await.len(), 1, "P/A-6");
    // P/A-5, and again without news.
    let again = signs_in(&site, "ada@acme.example", true).await;
    assert_eq!((&again["message"], memberships(&again)), (&decided["message"], joined.clone()));
    assert_eq!(events(&site, "member.auto_provisioned").await.len(), 1);
    // P4-47: only a verified address, only the very domain.
    let unverified = signs_in(&site, "grace@acme.example", false).await;
    assert_eq!((&unverified["decision"], memberships(&unverified)), (&json!("allow"), vec![]));
    let below = signs_in(&site, "edsger@eu.acme.example", true).await;
    assert_eq!((&below["decision"], memberships(&below)), (&json!("allow"), vec![]));
    // The product's word verifies the address.
    assert_eq!(memberships(&signs_in(&site, "grace@acme.example", true).await), joined);
    let stored = site.directory().read().account_by_email("grace@acme.example").await.unwrap().unwrap();
    assert!(stored.email_verified, "RC-10");
    // P/A-4.
    let unknown = signs_in(&site, "nobody@acme.example", true).await;
    assert_eq!((&unknown["reason"], &unknown["account"]), (&json!("access_denied"), &Value::Null));
    assert_eq!(site.directory().read().accounts(None, 10).await.unwrap().len(), 3);
    // P/A-11: switched off, it adds nobody; whoever is in stays in.
    let acme = &acme;
    site.write(|unit| async move {
        let stored = unit.domain(acme.company, "acme.example").await?.expect("a domain");
        unit.update_domain(&Domain { auto_provisioning: false, ..stored });
        Ok(())
    })
    .await;
    insert_account(&site, &account(10, "barbara@acme.example")).await;
    assert_eq!(memberships(&signs_in(&site, "barbara@acme.example", true).await), Vec::<Value>::new());
    assert_eq!(memberships(&signs_in(&site, "ada@acme.example", true).await), joined);
}

/// P/A-8, P4-6: JIT on or off.
async fn a_domain_of_a_connection_admits_nobody(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    auto_provision(&site, &acme).await;
    let domains = &["acme.example".to_owned()];
    let door = &acme;
    site.write(|unit| async move {
        unit.set_connection_domains(door.company, door.connection, domains);
        Ok(())
    })
    .await;
    insert_account(&site, &account(7, "ada@acme.example")).await;
    for jit in [true, false] {
        site.change(&acme, |record| record.policy.jit = jit).await;
        let decided = signs_in(&site, "ada@acme.example", true).await;
        assert_eq!((&decided["decision"], memberships(&decided)), (&json!("allow"), vec![]), "jit {jit}");
        assert!(rules(&decided).contains(&"A-8"));
    }
    assert_eq!(site.sign_in(&acme, "ada").await["reason"], "access_denied", "N-3 holds all the same");
}

/// P/A-7, P4-29.
async fn a_full_organization_is_told_of_once_a_day(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    auto_provision(&site, &acme).await;
    site.seats(&acme, Some(0)).await;
    for (number, person) in [(7, "ada"), (8, "grace")] {
        insert_account(&site, &account(number, &acme.email(person))).await;
        let decided = signs_in(&site, &acme.email(person), true).await;
        assert_eq!((&decided["decision"], memberships(&decided)), (&json!("allow"), vec![]), "{decided}");
        assert_eq!(decided["warnings"][0]["code"], "no_seats");
        assert!(rules(&decided).contains(&"A-7"));
    }
    let told = events(&site, "seats.exhausted").await;
    assert_eq!(told.len(), 1, "P4-29");
    assert_eq!(told[0]["organization"], "acme");
    site.clock.advance(DAY + SECOND);
    signs_in(&site, "ada@acme.example", true).await;
    assert_eq!(events(&site, "seats.exhausted").await.len(), 2, "P4-29");
}

async fn at_once(site: &Site, requests: Vec<Request>) -> Vec<Answer> {
    let send = |request: Request| {
        let client = site.client.clone();
        tokio::spawn(async move { client.send(&request).await.unwrap() })
    };
    let running: Vec<_> = requests.into_iter().map(send).collect();
    let mut answers = Vec::new();
    for task in running {
        answers.push(task.await.unwrap());
    }
    answers
}

/// RC-16, design.md 9.
async fn the_last_seat_of_a_domain_is_given_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    auto_provision(&site, &acme).await;
    site.seats(&acme, Some(1)).await;
    let people: Vec<String> = (0..16).map(|number| acme.email(&format!("p{number}"))).collect();
    for (number, email) in (100..).zip(&people) {
        insert_account(&site, &account(number, email)).await;
    }
    let answers = at_once(&site, people.iter().map(|email| account_evidence(&site, email, true)).collect()).await;
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body()["decision"] == "allow"));
    let joined = answers.iter().filter(|answer| !memberships(answer.body()).is_empty()).count();
    assert_eq!((joined, site.members(&acme).await.len()), (1, 1));
}

/// M-4, M-5, J-4, RC-3.
async fn invitations_of_all_companies_are_accepted(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    insert_account(&site, &account(7, "ada@home.example")).await;
    let crew = TeamId::from_u128(77);
    for (number, door) in [(1, &acme), (2, &globex)] {
        let team = (door.name == "acme").then_some(crew);
        site.write(|unit| async move {
            if let Some(id) = team {
                let (name, name_folded) = ("Crew".to_owned(), "crew".to_owned());
                unit.insert_team(&Team {
                    company: door.company,
                    id,
                    organization: door.organization,
                    name,
                    name_folded,
                });
            }
            unit.insert_invitation(&Invitation {
                company: door.company,
                id: InvitationId::from_u128(number),
                organization: door.organization,
                email: "Ada@Home.example".to_owned(),
                email_folded: "ada@home.example".to_owned(),
                team,
                role: Some(Role::Editor),
                state: InvitationState::Pending,
                created_at: 1,
            });
            Ok(())
        })
        .await;
    }
    // The seat that an invitation holds is its own (M-3).
    site.seats(&acme, Some(1)).await;
    let decided = signs_in(&site, "ada@home.example", true).await;
    let editor = |name: &str| json!([name, "editor", "invitation"]);
    assert_eq!(memberships(&decided), [editor("acme"), editor("globex")], "{decided}");
    assert_eq!(decided["memberships"][0]["teams"], json!(["Crew"]), "J-4");
    assert!(rules(&decided).contains(&"M-5"));
    let stored = site.directory().read().invitation(acme.company, InvitationId::from_u128(1)).await.unwrap().unwrap();
    assert_eq!(stored.state, InvitationState::Accepted);
    // Each company reads of it in its own log; the session is of the account alone.
    for door in [&acme, &globex] {
        let log = site.directory().read().activities(door.company, None, 10).await.unwrap();
        assert!(log.iter().any(|entry| entry.action == "sign_in" && entry.data.contains("allowed")), "{log:?}");
    }
    let seen = site.introspect(&site.product, decided["session"]["id"].as_str().unwrap()).await;
    assert_eq!((&seen["active"], &seen["company"]), (&json!(true), &Value::Null), "RC-3");
    assert_eq!(seen["memberships"].as_array().unwrap().len(), 2);
    assert_eq!(site.introspect(&acme.sign_in, decided["session"]["id"].as_str().unwrap()).await["active"], false);
}

/// An invitation makes one membership, whichever door is first.
async fn an_invitation_is_accepted_once_by_many_sign_ins(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    insert_account(&site, &account(7, "ada@acme.example")).await;
    let invitation = invite(&site, &acme, "ada", None, None).await;
    let through = sign_in(&acme, &evidence(&acme, "ada", &json!({})));
    let mut requests: Vec<Request> = (0..8).map(|_| account_evidence(&site, "ada@acme.example", true)).collect();
    requests.extend((0..4).map(|_| through.clone()));
    let answers = at_once(&site, requests).await;
    let mut accepted = 0;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body()["decision"]), (200, &json!("allow")), "{}", answer.text);
        assert_eq!(memberships(answer.body()).len(), 1, "{}", answer.text);
        let effects = answer.body()["effects"].as_array().unwrap();
        accepted += effects.iter().filter(|effect| effect["kind"] == "accept_invitation").count();
    }
    assert_eq!((accepted, site.members(&acme).await.len()), (1, 1));
    // RC-10: the product may ask for it outside of a sign-in; by then it is accepted, and stays so.
    let ada = site.directory().read().account_by_email("ada@acme.example").await.unwrap().unwrap().id;
    let accept = async |invitation: InvitationId, account: AccountId| {
        let path = format!("/invitations/{invitation}/accept");
        site.manage(&site.product, "POST", &path, json!({"account_id": account}), 200).await
    };
    assert_eq!(accept(invitation, ada).await["membership"]["organization"], "acme");
    assert_eq!(site.members(&acme).await.len(), 1);
    let second = &Invitation {
        company: acme.company,
        id: InvitationId::from_u128(4),
        organization: acme.organization,
        email: "grace@acme.example".to_owned(),
        email_folded: "grace@acme.example".to_owned(),
        team: None,
        role: None,
        state: InvitationState::Pending,
        created_at: 1,
    };
    let grace = account(8, "grace@acme.example");
    insert_account(&site, &grace).await;
    site.write(|unit| async move {
        unit.insert_invitation(second);
        Ok(())
    })
    .await;
    assert_eq!(accept(second.id, grace.id).await["membership"]["origin"], "invitation");
    assert_eq!(site.members(&acme).await.len(), 2);
}

/// P/E-5, P/E-6: the identity provider is not asked.
/// P/E-1, P/E-2, P4-10.
async fn enforcement_is_by_the_domain_of_the_address(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.sign_in(&acme, "ada").await;
    assert_eq!(signs_in(&site, "ada@acme.example", true).await["decision"], "allow", "SI-9");
    site.change(&acme, |record| record.policy.enforce_sso = true).await;
    let decided = signs_in(&site, "ada@acme.example", true).await;
    assert_eq!((&decided["decision"], &decided["reason"]), (&json!("deny"), &json!("sso_required")), "P/E-1");
    assert_eq!((&decided["session"], memberships(&decided)), (&Value::Null, vec![]));
    assert_eq!(site.sign_in(&acme, "ada").await["decision"], "allow");
    // A guest of the company, from another domain.
    insert_account(&site, &account(7, "guest@home.example")).await;
    let door = &acme;
    site.write(|unit| async move {
        unit.insert_invitation(&Invitation {
            company: door.company,
            id: InvitationId::from_u128(5),
            organization: door.organization,
            email: "guest@home.example".to_owned(),
            email_folded: "guest@home.example".to_owned(),
            team: None,
            role: None,
            state: InvitationState::Pending,
            created_at: 1,
        });
        Ok(())
    })
    .await;
    let guest = signs_in(&site, "guest@home.example", true).await;
    assert_eq!(memberships(&guest), [json!(["acme", "member", "invitation"])], "P/E-2");
}

/// RC-4, RC-11: neither deleted nor deactivated people come back without the directory.
async fn a_leaver_comes_back_by_no_invitation_and_no_domain(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    // A second organization of the company, which no connection serves: nothing is suspended there.
    let labs = OrganizationId::from_u128(0x1ab5);
    let door = &acme;
    site.write(|unit| async move {
        let (company, created_at) = (door.company, 1);
        let (name, display_name) = ("labs".to_owned(), "Labs".to_owned());
        unit.insert_organization(&Organization { company, id: labs, name, display_name, seats: None, created_at });
        Ok(())
    })
    .await;
    for person in ["ada", "grace"] {
        let id = site.push(&acme, person).await;
        let path = format!("/Users/{id}");
        if person == "ada" {
            site.expect(&acme, "DELETE", &path, Value::Null, 204).await;
        } else {
            let off = json!([{"op": "replace", "path": "active", "value": false}]);
            assert_eq!(site.patch(&acme, &path, off).await.status, 200);
        }
    }
    auto_provision(&site, &acme).await;
    site.write(|unit| async move {
        let stored = unit.domain(door.company, "acme.example").await?.expect("a domain");
        unit.update_domain(&Domain { organization: Some(labs), ..stored });
        Ok(())
    })
    .await;
    for person in ["ada", "grace"] {
        invite(&site, &acme, person, None, None).await;
        let decided = signs_in(&site, &acme.email(person), true).await;
        assert_eq!((&decided["decision"], memberships(&decided)), (&json!("allow"), vec![]), "{decided}");
        assert!(rules(&decided).contains(&"RC-11"), "{decided}");
    }
    assert_eq!(site.members(&acme).await.iter().filter(|(_, state)| *state == "active").count(), 0);
    // Somebody else's company is not concerned.
    let globex = site.company("globex", 0x60).await;
    let (company, organization) = (globex.company, globex.organization);
    other_company_invites(&site, company, organization).await;
    assert_eq!(memberships(&signs_in(&site, "ada@acme.example", true).await).len(), 1);
}

/// RC-6, RC-13: pushed as inactive before there was an account, with a `userName` that is the address, and no e-mails.
async fn an_inactive_user_with_nothing_but_a_user_name_is_seen_at_this_door(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.expect(&acme, "POST", "/Users", user_with("Ada@acme.example", json!({"active": false})), 201).await;
    insert_account(&site, &account(7, "ada@acme.example")).await;
    auto_provision(&site, &acme).await;
    invite(&site, &acme, "ada", None, None).await;
    let decided = signs_in(&site, "ada@acme.example", true).await;
    assert_eq!((&decided["decision"], memberships(&decided)), (&json!("allow"), vec![]), "{decided}");
    assert!(rules(&decided).contains(&"RC-13"), "{decided}");
    assert_eq!(decided["warnings"][0]["code"], "removed_by_directory");
    // Their `userName` is no address of RC-6 where they have an e-mail.
    let mailed = json!({"active": false, "emails": [{"value": "b.b@acme.example"}]});
    site.expect(&acme, "POST", "/Users", user_with("bob@acme.example", mailed), 201).await;
    insert_account(&site, &account(8, "bob@acme.example")).await;
    assert_eq!(memberships(&signs_in(&site, "bob@acme.example", true).await).len(), 1);
}

async fn other_company_invites(site: &Site, company: CompanyId, organization: OrganizationId) {
    site.write(|unit| async move {
        unit.insert_invitation(&Invitation {
            company,
            id: InvitationId::from_u128(6),
            organization,
            email: "ada@acme.example".to_owned(),
            email_folded: "ada@acme.example".to_owned(),
            team: None,
            role: None,
            state: InvitationState::Pending,
            created_at: 1,
        });
        Ok(())
    })
    .await;
}

/// RC-2, RC-3: a company ends its own sessions and memberships, and nothing else.
async fn an_account_session_lives_on_without_the_company(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let id = site.push(&acme, "ada").await;
    let decided = signs_in(&site, "ada@acme.example", true).await;
    assert_eq!(memberships(&decided), [json!(["acme", "member", "scim"])]);
    let session = decided["session"]["id"].as_str().unwrap();
    let through = site.sign_in(&acme, "ada").await;
    site.expect(&acme, "DELETE", &format!("/Users/{id}"), Value::Null, 204).await;
    let seen = site.introspect(&site.product, session).await;
    assert_eq!((&seen["active"], &seen["memberships"]), (&json!(true), &json!([])), "RC-3");
    assert_eq!(
        site.introspect(&site.product, through["session"]["id"].as_str().unwrap()).await["active"],
        false,
        "RC-2"
    );
}

/// design.md 6.
async fn a_dry_run_without_sso_changes_no_row(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    auto_provision(&site, &acme).await;
    insert_account(&site, &Account { email_verified: false, ..account(7, "ada@acme.example") }).await;
    // The day of the key's last use is noted at its first one.
    signs_in(&site, "nobody@acme.example", true).await;
    let before = directory.contents().await;
    let evidence = json!({"type": "account", "email": "ada@acme.example", "email_verified": true});
    let answer = site.send(&with_key(&site.product, &json!({"evidence": evidence, "dry_run": true}))).await;
    let decided = answer.body();
    assert_eq!((answer.status, &decided["session"], &decided["decision_id"]), (200, &Value::Null, &Value::Null));
    let kinds: Vec<&Value> = decided["effects"].as_array().unwrap().iter().map(|effect| &effect["kind"]).collect();
    assert_eq!(kinds, ["end_sessions", "mark_email_verified", "join", "emit"]);
    assert_eq!(directory.contents().await, before);
}

/// design.md 9: the stored facts decide the same again, byte for byte.
async fn a_decision_without_sso_is_stored_and_replayed(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    auto_provision(&site, &acme).await;
    let ada = account(7, "ada@acme.example");
    insert_account(&site, &ada).await;
    for email in ["ada@acme.example", "nobody@acme.example"] {
        let answered = signs_in(&site, email, true).await;
        let id = answered["decision_id"].as_str().unwrap().parse().unwrap();
        let stored = site.directory().read().account_decision(id).await.unwrap().unwrap();
        let recorded: Value = serde_json::from_str(&stored.facts).unwrap();
        let facts = serde_json::from_value(recorded["facts"].clone()).unwrap();
        let again = rollcall_policy::decide_account_sign_in(&facts);
        assert_eq!(serde_json::to_string(&again).unwrap(), stored.decision);
        assert_eq!(serde_json::to_value(&again).unwrap()["trail"], answered["trail"]);
    }
    let found = site.directory().read().account_decisions(ada.id, None, 10).await.unwrap();
    assert_eq!(found.iter().map(|stored| stored.reason.code()).collect::<Vec<_>>(), ["allowed"]);
}

/// design.md 6: each evidence has its key; whatever is wrong changes nothing.
async fn evidence_and_keys_belong_together(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let account = |email: Value, verified: Value| json!({"evidence": {"type": "account", "email": email, "email_verified": verified}});
    let good = account(json!("ada@acme.example"), json!(true));
    let attributes = evidence(&acme, "ada", &json!({}));
    let mut further = good.clone();
    further["evidence"]["subject"] = json!("x");
    for (what, key, body, status, kind) in [
        ("account with a sign-in key", &acme.sign_in, &good, 403, "wrong_evidence"),
        ("attributes with the product key", &site.product, &attributes, 403, "wrong_key"),
        ("no address", &site.product, &account(json!("ada"), json!(true)), 400, "malformed"),
        ("no word", &site.product, &account(json!("ada@acme.example"), Value::Null), 400, "malformed"),
        ("more than that", &site.product, &further, 400, "malformed"),
        ("nothing", &site.product, &json!({}), 400, "malformed"),
    ] {
        let answer = site.send(&with_key(key, body)).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert!(answer.body()["type"].as_str().unwrap().ends_with(kind), "{what}: {}", answer.text);
    }
    assert_eq!(site.directory().read().accounts(None, 10).await.unwrap(), []);
}
