//! Sign-ins over HTTP: the steps of the documented flows, each row with the step that it shows.

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, Invitation, InvitationState, Team, on_each_database};
use rollcall_policy::{InvitationId, Role, TeamId};
use serde_json::{Value, json};

use crate::site::{Door, Site, rules};

on_each_database! {
    jit_on
    jit_off
    an_invitation_is_accepted_with_its_team_and_role
    the_role_is_written_once
}

/// What one sign-in comes to.
struct Row {
    step: &'static str,
    person: &'static str,
    attributes: Value,
    decision: &'static str,
    /// Role and teams in `acme`; `null` for no membership.
    member: Value,
    name: &'static str,
    rules: &'static [&'static str],
}

async fn check(site: &Site, door: &Door, row: &Row) {
    let answer = site.sign_in_with(door, row.person, row.attributes.clone()).await;
    let context = format!("{}: {answer}", row.step);
    assert_eq!(answer["decision"], row.decision, "{context}");
    let mut membership = answer["memberships"][0].clone();
    if let Some(teams) = membership.get_mut("teams").and_then(Value::as_array_mut) {
        teams.sort_by_key(Value::to_string);
    }
    let member = if membership.is_null() {
        Value::Null
    } else {
        json!([membership["role"], membership["teams"], membership["origin"]])
    };
    assert_eq!(member, row.member, "{context}");
    let fired = rules(&answer);
    assert!(row.rules.iter().all(|rule| fired.contains(rule)), "{context}");
    assert_eq!(answer["session"].is_null(), row.decision == "deny", "{context}");
    let stored = site.directory().read().account_by_email(&door.email(row.person)).await.unwrap();
    assert_eq!(stored.map(|account| account.full_name).unwrap_or_default(), row.name, "{context}");
}

pub(crate) async fn insert_account(site: &Site, account: &Account) {
    site.write(|unit| async move {
        unit.insert_account(account);
        Ok(())
    })
    .await;
}

/// "SSO authentication with JIT provisioning enabled".
async fn jit_on(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.company("acme", 0xac).await;
    site.change(&acme, |record| {
        record.policy.scim = false;
        record.policy.group_mapping = true;
    })
    .await;
    insert_account(&site, &Account { full_name: "Old Name".to_owned(), ..account(7, "known@acme.example") }).await;
    let rows = [
        Row {
            step: "1: If no account exists: A new Docker account is created using basic user attributes; 3: added to the default organization and team",
            person: "ada",
            attributes: json!({"given_name": "Ada", "family_name": "Lovelace"}),
            decision: "allow",
            member: json!(["member", ["everyone"], "jit"]),
            name: "Ada Lovelace",
            rules: &["J-2", "J-7"],
        },
        Row {
            step: "1: If an account exists: uses the existing account and updates the user's full name if necessary",
            person: "known",
            attributes: json!({"name": "New Name"}),
            decision: "allow",
            member: json!(["member", ["everyone"], "jit"]),
            name: "New Name",
            rules: &["J-1", "SI-8", "J-7"],
        },
        Row {
            step: "3: No group mappings provided: checks if the user is already part of the organization (then nothing changes)",
            person: "ada",
            attributes: json!({"name": "Ada Lovelace"}),
            decision: "allow",
            member: json!(["member", ["everyone"], "jit"]),
            name: "Ada Lovelace",
            rules: &["J-1", "J-6"],
        },
        Row {
            step: "3: Group mappings provided: assigned to the relevant organizations and teams; the defaults are not used",
            person: "grace",
            attributes: json!({"groups": ["acme:developers", "acme:compilers", "elsewhere:x", "malformed"]}),
            decision: "allow",
            member: json!(["member", ["compilers", "developers"], "jit"]),
            name: "",
            rules: &["J-5", "G-6"],
        },
        Row {
            step: "J-8: organization, team and role attributes count at the first join",
            person: "edsger",
            attributes: json!({"organization": "ACME", "team": "writers", "role": "editor"}),
            decision: "allow",
            member: json!(["editor", ["writers"], "jit"]),
            name: "",
            rules: &["J-8", "R-5"],
        },
        Row {
            step: "R-4: dockerTeam alone",
            person: "barbara",
            attributes: json!({"dockerTeam": "readers"}),
            decision: "allow",
            member: json!(["member", ["readers"], "jit"]),
            name: "",
            rules: &["R-4"],
        },
    ];
    for row in &rows {
        check(&site, &acme, row).await;
    }
    // J-2: usernames are unique across the platform, 4 to 30 lower-case letters and digits.
    let accounts = site.directory().read().accounts(None, 100).await.unwrap();
    let generated = accounts.iter().filter(|account| account.email != "known@acme.example");
    for Account { username, .. } in generated {
        let clean = username.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        assert!(clean && (4..=30).contains(&username.len()), "{username}");
    }
    assert_eq!(accounts.len(), 5);
}

/// "SSO authentication with JIT provisioning disabled".
async fn jit_off(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.sign_in(&acme, "ada").await;
    site.push(&acme, "pushed").await;
    site.change(&acme, |record| {
        record.policy.jit = false;
        record.policy.group_mapping = true;
    })
    .await;
    insert_account(&site, &account(7, "outside@acme.example")).await;
    invite(&site, &acme, "invited", None, None).await;
    let denied = |step, person, name| Row {
        step,
        person,
        attributes: json!({"name": name}),
        decision: "deny",
        member: Value::Null,
        name,
        rules: &["N-1", "N-3"],
    };
    let allowed = |step, person, member, rules| Row {
        step,
        person,
        attributes: json!({"groups": ["acme:developers"]}),
        decision: "allow",
        member,
        name: "",
        rules,
    };
    let rows = [
        denied("1: A new Docker account is created; 2: No invitation found: the sign-in fails", "stranger", "Some One"),
        denied("1: uses the existing account and updates the full name; 2: the sign-in fails", "outside", "Out Side"),
        allowed(
            "2: If the user is a member of the organization, sign-in is successful; group mapping only by SCIM",
            "ada",
            json!(["member", ["everyone"], "jit"]),
            &["N-1", "N-2", "N-4"],
        ),
        allowed(
            "N-7: users created by SCIM are members",
            "pushed",
            json!(["member", ["everyone"], "scim"]),
            &["N-1", "N-2"],
        ),
        allowed(
            "2: has a pending invitation: sign-in is successful, and the invitation is automatically accepted",
            "invited",
            json!(["member", [], "invitation"]),
            &["N-1", "N-2"],
        ),
    ];
    for row in &rows {
        check(&site, &acme, row).await;
    }
    let told = site.sign_in(&acme, "stranger").await;
    assert_eq!((&told["reason"], &told["message"]), (&json!("access_denied"), &json!("Access denied")), "N-3");
    assert_eq!(site.members(&acme).await.len(), 3, "N-3: no membership for whom was denied");
    // N-1 can be switched off: then a denied stranger leaves no account.
    site.change(&acme, |record| record.policy.create_denied_accounts = false).await;
    assert_eq!(site.sign_in(&acme, "another").await["decision"], "deny");
    assert_eq!(site.directory().read().account_by_email("another@acme.example").await.unwrap(), None);
}

pub(crate) async fn invite(
    site: &Site,
    door: &Door,
    person: &str,
    team: Option<TeamId>,
    role: Option<Role>,
) -> InvitationId {
    let number = person.bytes().fold(0_u128, |sum, byte| sum * 256 + u128::from(byte));
    let id = InvitationId::from_u128(number);
    let email = &door.email(person);
    site.write(|unit| async move {
        unit.insert_invitation(&Invitation {
            company: door.company,
            id,
            organization: door.organization,
            email: email.clone(),
            email_folded: email.clone(),
            team,
            role,
            state: InvitationState::Pending,
            created_at: 1,
        });
        Ok(())
    })
    .await;
    id
}

/// "Invitation found: The invitation is automatically accepted. Invitation includes a specific group: The user is added
/// to that group within the SSO organization."
async fn an_invitation_is_accepted_with_its_team_and_role(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.change(&acme, |record| record.policy.group_mapping = true).await;
    let crew = TeamId::from_u128(77);
    let acme = &acme;
    site.write(|unit| async move {
        let (name, name_folded) = ("Crew".to_owned(), "crew".to_owned());
        unit.insert_team(&Team { company: acme.company, id: crew, organization: acme.organization, name, name_folded });
        Ok(())
    })
    .await;
    // Seats: the invitation holds one, so accepting it takes none.
    site.seats(acme, Some(1)).await;
    let invitation = invite(&site, acme, "ada", Some(crew), Some(Role::Editor)).await;
    let row = Row {
        step: "J-3, J-4: with its team, in addition to teams from group mapping",
        person: "ada",
        attributes: json!({"groups": ["acme:developers"]}),
        decision: "allow",
        member: json!(["editor", ["Crew", "developers"], "invitation"]),
        name: "",
        rules: &["J-3", "J-4", "J-5"],
    };
    check(&site, acme, &row).await;
    let stored = site.directory().read().invitation(acme.company, invitation).await.unwrap().unwrap();
    assert_eq!(stored.state, InvitationState::Accepted, "J-3");
    // J-12: the seat is taken now.
    let full = site.sign_in(acme, "grace").await;
    assert_eq!((&full["decision"], &full["reason"]), (&json!("deny"), &json!("no_seats")), "J-12");
    assert!(rules(&full).contains(&"J-12"));
}

/// J-9, J-10: "already a member": the role is never changed by a sign-in, teams may be added and are never removed.
async fn the_role_is_written_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.change(&acme, |record| record.policy.group_mapping = true).await;
    let signs_in = |attributes: Value, member: Value, rules: &'static [&'static str]| Row {
        step: "J-8, J-9, J-10",
        person: "ada",
        attributes,
        decision: "allow",
        member,
        name: "",
        rules,
    };
    let rows = [
        signs_in(json!({"role": "editor"}), json!(["editor", ["everyone"], "jit"]), &["J-8"]),
        signs_in(
            json!({"team": "extra", "role": "owner"}),
            json!(["editor", ["everyone", "extra"], "jit"]),
            &["J-9", "J-10"],
        ),
        signs_in(json!({"role": "member"}), json!(["editor", ["everyone", "extra"], "jit"]), &["J-6"]),
        signs_in(
            json!({"groups": ["acme:more"], "role": "emperor"}),
            json!(["editor", ["everyone", "extra", "more"], "jit"]),
            &["R-1", "J-10"],
        ),
    ];
    for row in &rows {
        check(&site, &acme, row).await;
    }
}
