//! Pushed groups make teams: who is in a mapped team, what each write of its group does, and what it leaves alone.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Membership, Organization, Team};
use rollcall_policy::{MembershipState, OrganizationId, Origin, Role, SuspendedBy, TeamId};
use rollcall_server::app::activity::Change;
use rollcall_server::app::mapping::Mapping;
use rollcall_server::clock::HOUR;
use serde_json::{Value, json};

use crate::pushes::{member, set_active};
use crate::site::{Door, Site, group, id, rules, user, user_with};

on_each_database! {
    each_write_of_a_group_makes_the_team_equal
    a_team_has_the_people_of_all_its_groups
    only_linked_active_members_are_in_a_mapped_team
    groups_join_the_organizations_that_they_name
    without_a_free_seat_nothing_is_stored
    what_maps_to_nothing_leaves_teams_alone
    the_first_group_of_a_team_takes_it_over
    new_teams_are_limited
    a_sign_in_neither_adds_to_a_mapped_team_nor_empties_it
    an_attribute_adds_nobody_to_a_mapped_team
    turning_the_switch_on_applies_the_groups_that_are_there
}

const OURS: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// The company `acme` with group mapping on.
pub(crate) async fn mapping_acme(site: &Site) -> Door {
    let acme = site.acme().await;
    site.change(&acme, |record| record.policy.group_mapping = true).await;
    acme
}

/// The people of a team of that folded name, without their domain; `None` where there is no such team.
pub(crate) async fn people(site: &Site, door: &Door, at: OrganizationId, team: &str) -> Option<Vec<String>> {
    let reader = site.directory().read();
    let team = reader.team_by_name(door.company, at, team).await.unwrap()?;
    let mut people = Vec::new();
    for account in reader.accounts_of_team(door.company, team.id).await.unwrap() {
        let email = reader.account(account).await.unwrap().unwrap().email;
        people.push(email.split('@').next().unwrap().to_owned());
    }
    people.sort_unstable();
    Some(people)
}

#[track_caller]
fn is(found: Option<Vec<String>>, expected: &[&str], why: &str) {
    let found = found.unwrap_or_else(|| panic!("{why}: there is no such team"));
    assert_eq!(found, expected, "{why}");
}

async fn dev(site: &Site, door: &Door) -> Option<Vec<String>> {
    people(site, door, door.organization, "dev").await
}

async fn push_group(site: &Site, door: &Door, name: &str, members: &[&str]) -> String {
    id(&site.expect(door, "POST", "/Groups", group(name, members), 201).await)
}

pub(crate) fn add(user: &str) -> Value {
    json!({"op": "add", "path": "members", "value": [{"value": user}]})
}

pub(crate) fn remove(user: &str) -> Value {
    json!({"op": "remove", "path": format!("members[value eq \"{user}\"]")})
}

async fn patch_group(site: &Site, door: &Door, id: &str, operation: Value) {
    let answer = site.patch(door, &format!("/Groups/{id}"), json!([operation])).await;
    assert!(matches!(answer.status, 200 | 204), "{}", answer.text);
}

/// One more organization of the company, served by the door's connection.
async fn labs(site: &Site, door: &Door) -> OrganizationId {
    let labs = OrganizationId::from_u128(0x1ab5);
    site.write(|unit| async move {
        let (company, name) = (door.company, "Labs".to_owned());
        unit.insert_organization(&Organization {
            company,
            id: labs,
            display_name: name.clone(),
            name,
            seats: None,
            created_at: 1,
        });
        unit.flush().await?;
        unit.set_connection_organizations(company, door.connection, &[door.organization, labs]);
        Ok(())
    })
    .await;
    site.change(door, |_| {}).await;
    labs
}

/// P/G-1, P/G-3, P/G-7, P/G-8, P/G-12, P4-4, P4-11, P4-34, RC-14, RC-17.
async fn each_write_of_a_group_makes_the_team_equal(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let [ada, bob, cleo] =
        [site.push(&acme, "ada").await, site.push(&acme, "bob").await, site.push(&acme, "cleo").await];
    let crew = push_group(&site, &acme, " ACME : Dev ", &[&ada, &bob]).await;
    is(dev(&site, &acme).await, &["ada", "bob"], "P/G-3, P4-11: made when missing; RC-17: trimmed and folded");
    assert_eq!(member(&site, &acme, "ada").await, json!(["member", "active", ["Dev", "everyone"]]), "as written");
    patch_group(&site, &acme, &crew, add(&cleo)).await;
    is(dev(&site, &acme).await, &["ada", "bob", "cleo"], "add");
    patch_group(&site, &acme, &crew, remove(&ada)).await;
    is(dev(&site, &acme).await, &["bob", "cleo"], "remove");
    assert_eq!(
        member(&site, &acme, "ada").await,
        json!(["member", "active", ["everyone"]]),
        "P/G-8, P4-4: the team only"
    );
    let path = format!("/Groups/{crew}");
    site.expect(&acme, "PUT", &path, group("acme:dev", &[&ada, &bob]), 200).await;
    is(dev(&site, &acme).await, &["ada", "bob"], "PUT");
    patch_group(&site, &acme, &crew, json!({"op": "replace", "path": "members", "value": [{"value": cleo}]})).await;
    is(dev(&site, &acme).await, &["cleo"], "replace members");
    patch_group(&site, &acme, &crew, json!({"op": "replace", "path": "displayName", "value": "acme:ops"})).await;
    is(dev(&site, &acme).await, &[], "P4-34: a rename keeps the old team");
    is(people(&site, &acme, acme.organization, "ops").await, &["cleo"], "P4-34: and maps to the new name");
    site.expect(&acme, "PUT", &path, group("acme:dev", &[&ada]), 200).await;
    is(people(&site, &acme, acme.organization, "ops").await, &[], "rename and other members at once");
    is(dev(&site, &acme).await, &["ada"], "rename and other members at once");
    // A team deleted by an administrator comes back at the next write, even at one that changes nothing.
    let team = site.directory().read().team_by_name(acme.company, acme.organization, "dev").await.unwrap().unwrap();
    site.write(|unit| async move {
        unit.delete_team(acme.company, team.id);
        Ok(())
    })
    .await;
    assert_eq!(dev(&site, &acme).await, None);
    patch_group(&site, &acme, &crew, add(&ada)).await;
    is(dev(&site, &acme).await, &["ada"], "P4-34: back, with everybody");
    site.expect(&acme, "DELETE", &path, Value::Null, 204).await;
    is(dev(&site, &acme).await, &[], "P4-34: a deleted group takes its people and leaves the team, T-1");
    assert_eq!(
        site.members(&acme).await.iter().filter(|(_, state)| *state == "active").count(),
        3,
        "T-1, P/G-8, P/G-9"
    );
    let log = site.directory().read().activities(acme.company, None, 500).await.unwrap();
    for action in ["team.created", "team.member_added", "team.member_removed"] {
        assert!(log.iter().any(|entry| entry.action == action), "L-3: {action}");
    }
}

/// P/G-2, P/G-7, RC-14: the union of all groups, over all connections of the company.
async fn a_team_has_the_people_of_all_its_groups(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let second = site.second_door(&acme, |record| record.policy.group_mapping = true).await;
    let (ada, bob) = (site.push(&acme, "ada").await, site.push(&acme, "bob").await);
    let there = site.push(&second, "ada").await;
    let first = push_group(&site, &acme, "acme:dev", &[&ada]).await;
    let spelled = push_group(&site, &acme, "acme: Dev", &[&ada, &bob]).await;
    let other = push_group(&site, &second, "acme:dev", &[&there]).await;
    is(dev(&site, &acme).await, &["ada", "bob"], "the union");
    patch_group(&site, &acme, &first, remove(&ada)).await;
    patch_group(&site, &acme, &spelled, remove(&ada)).await;
    is(dev(&site, &acme).await, &["ada", "bob"], "the other connection's group has her yet");
    site.expect(&acme, "DELETE", &format!("/Groups/{spelled}"), Value::Null, 204).await;
    is(dev(&site, &acme).await, &["ada"], "bob was in that one alone");
    set_active(&site, &acme, &ada, false).await;
    is(dev(&site, &acme).await, &["ada"], "RC-4: the other directory says active, and has her in its group");
    set_active(&site, &second, &there, false).await;
    is(dev(&site, &acme).await, &[], "RC-14: nobody says active");
    set_active(&site, &acme, &ada, true).await;
    is(dev(&site, &acme).await, &[], "no group of an active user has her");
    set_active(&site, &second, &there, true).await;
    is(dev(&site, &acme).await, &["ada"], "her group's user is active again");
    site.change(&second, |record| record.policy.scim = false).await;
    patch_group(&site, &acme, &first, add(&bob)).await;
    site.change(&second, |record| record.policy.scim = true).await;
    site.expect(&second, "DELETE", &format!("/Groups/{other}"), Value::Null, 204).await;
    is(dev(&site, &acme).await, &["bob"], "what came from the deleted group went with it");
}

/// RC-14, RC-8: whoever is unlinked, inactive or suspended is in no team; a push that changes this derives the teams anew.
async fn only_linked_active_members_are_in_a_mapped_team(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let ada = site.push(&acme, "ada").await;
    let idle =
        id(&site.expect(&acme, "POST", "/Users", user_with("idle@acme.example", json!({"active": false})), 201).await);
    let stranger = id(&site.expect(&acme, "POST", "/Users", user("eve@elsewhere.example"), 201).await);
    let bad = site.push(&acme, "bad").await;
    suspend(&site, &acme, "bad", true).await;
    let crew = push_group(&site, &acme, "acme:dev", &[&ada, &idle, &stranger, &bad]).await;
    is(dev(&site, &acme).await, &["ada"], "unlinked, inactive and suspended people are in no team");
    set_active(&site, &acme, &idle, true).await;
    is(dev(&site, &acme).await, &["ada", "idle"], "active by PATCH, linked by it, and in the team");
    site.expect(&acme, "PUT", &format!("/Users/{stranger}"), user("eve@acme.example"), 200).await;
    is(dev(&site, &acme).await, &["ada", "eve", "idle"], "linked by PUT");
    set_active(&site, &acme, &bad, false).await;
    set_active(&site, &acme, &bad, true).await;
    is(dev(&site, &acme).await, &["ada", "eve", "idle"], "RC-4: an administrator's suspension stays");
    suspend(&site, &acme, "bad", false).await;
    set_active(&site, &acme, &bad, false).await;
    set_active(&site, &acme, &bad, true).await;
    is(dev(&site, &acme).await, &["ada", "bad", "eve", "idle"], "U-10: restored with the teams of the groups");
    set_active(&site, &acme, &ada, false).await;
    is(dev(&site, &acme).await, &["bad", "eve", "idle"], "deactivated");
    assert_eq!(id(&site.expect(&acme, "POST", "/Users", user("ada@acme.example"), 201).await), ada);
    is(dev(&site, &acme).await, &["ada", "bad", "eve", "idle"], "active again by POST");
    site.expect(&acme, "DELETE", &format!("/Users/{ada}"), Value::Null, 204).await;
    is(dev(&site, &acme).await, &["bad", "eve", "idle"], "deleted");
    assert_eq!(site.push(&acme, "ada").await, ada);
    is(dev(&site, &acme).await, &["bad", "eve", "idle"], "RC-8: no group membership returns with a restore");
    patch_group(&site, &acme, &crew, add(&ada)).await;
    is(dev(&site, &acme).await, &["ada", "bad", "eve", "idle"], "rejoined");
}

/// An administrator's own suspension, or its end.
async fn suspend(site: &Site, door: &Door, person: &str, suspended: bool) {
    let reader = site.directory().read();
    let account = reader.account_by_email(&door.email(person)).await.unwrap().unwrap().id;
    let before = &reader.membership(door.company, door.organization, account).await.unwrap().unwrap().membership;
    let (state, by) = if suspended {
        (MembershipState::Suspended, Some(SuspendedBy::Administrator))
    } else {
        (MembershipState::Active, None)
    };
    let after = &Membership { state, suspended_by: by, ..before.clone() };
    site.write(|unit| async move {
        unit.update_membership(before, after);
        Ok(())
    })
    .await;
}

/// S-9.
/// P/G-2, P/G-8, P/G-11, RC-15: groups only add organizations, with origin `scim` and role `member`.
async fn groups_join_the_organizations_that_they_name(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    site.change(&acme, |record| record.policy.jit = false).await;
    let labs = labs(&site, &acme).await;
    let ada = site.push(&acme, "ada").await;
    let crew = push_group(&site, &acme, "labs:Robots", &[&ada]).await;
    push_group(&site, &acme, "acme:dev", &[&ada]).await;
    let account = site.directory().read().account_by_email("ada@acme.example").await.unwrap().unwrap().id;
    let there = || async {
        let view = site.directory().read().membership(acme.company, labs, account).await.unwrap().unwrap();
        let teams: Vec<String> = view.teams.into_iter().map(|(_, name)| name).collect();
        (view.membership.role, view.membership.origin, view.membership.state, teams)
    };
    let robots = vec!["Robots".to_owned()];
    assert_eq!(there().await, (Role::Member, Origin::Scim, MembershipState::Active, robots.clone()), "P/G-2");
    is(dev(&site, &acme).await, &["ada"], "P/G-2: the union of all that the groups name");
    patch_group(&site, &acme, &crew, remove(&ada)).await;
    assert_eq!(
        there().await,
        (Role::Member, Origin::Scim, MembershipState::Active, Vec::new()),
        "P/G-8: the team only"
    );
    // Removed from the organization by hand: the group's next word joins it again.
    patch_group(&site, &acme, &crew, add(&ada)).await;
    let before = &site.directory().read().membership(acme.company, labs, account).await.unwrap().unwrap().membership;
    let gone = &Membership { state: MembershipState::Removed, ..before.clone() };
    site.write(|unit| async move {
        unit.update_membership(before, gone);
        unit.remove_from_teams(acme.company, labs, account);
        Ok(())
    })
    .await;
    let path = format!("/Users/{ada}");
    let renamed = json!([{"op": "replace", "path": "nickName", "value": "Countess"}]);
    assert_eq!(site.patch(&acme, &path, renamed).await.status, 200);
    assert_eq!(there().await, (Role::Member, Origin::Scim, MembershipState::Active, robots), "RC-15");
}

/// RC-16, P/G-2.
async fn without_a_free_seat_nothing_is_stored(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let labs = labs(&site, &acme).await;
    let (ada, bob) = (site.push(&acme, "ada").await, site.push(&acme, "bob").await);
    let crew = push_group(&site, &acme, "labs:dev", &[&ada]).await;
    site.write(|unit| async move {
        let stored = unit.organization(acme.company, labs).await?.expect("an organization");
        unit.update_organization(&Organization { seats: Some(1), ..stored });
        Ok(())
    })
    .await;
    site.change(&acme, |_| {}).await;
    let late =
        id(&site.expect(&acme, "POST", "/Users", user_with("late@acme.example", json!({"active": false})), 201).await);
    // But that the organization is full, which its owners hear of.
    let stored = async || {
        let mut contents = directory.contents().await;
        contents.remove("outbox");
        contents
    };
    let before = stored().await;
    let path = format!("/Groups/{crew}");
    for (what, answer) in [
        ("add", site.patch(&acme, &path, json!([add(&bob)])).await),
        ("replace", site.scim(&acme, "PUT", &path, group("labs:dev", &[&ada, &bob])).await),
        ("create", site.scim(&acme, "POST", "/Groups", group("labs:ops", &[&bob])).await),
    ] {
        assert_eq!((answer.status, answer.body().get("scimType")), (403, None), "{what}: {}", answer.text);
        assert!(answer.body()["detail"].as_str().unwrap().contains("`Labs`"), "RC-16: {}", answer.text);
    }
    assert_eq!(stored().await, before, "nothing stored");
    // Somebody inactive takes none until they are active: then the push of the user is refused.
    patch_group(&site, &acme, &path["/Groups/".len()..], add(&late)).await;
    let activate = json!([{"op": "replace", "path": "active", "value": true}]);
    assert_eq!(site.patch(&acme, &format!("/Users/{late}"), activate).await.status, 403, "RC-16");
    is(people(&site, &acme, labs, "dev").await, &["ada"], "as before");
}

/// P/G-1, P/G-6, P/G-10, P4-12, P4-13, RC-18: the group is stored and served all the same.
async fn what_maps_to_nothing_leaves_teams_alone(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let globex = site.company("globex", 0x60).await;
    let ada = site.push(&acme, "ada").await;
    let teams = || async {
        let contents = directory.contents().await;
        (contents["team"].clone(), contents["team_member"].clone(), contents["membership"].clone())
    };
    let before = teams().await;
    let long = format!("acme:{}", "t".repeat(101));
    for name in ["Crew", "acme", ":dev", "acme:", "globex:dev", "globex:everyone", "nowhere:dev", long.as_str()] {
        push_group(&site, &acme, name, &[&ada]).await;
        assert_eq!(teams().await, before, "{name}");
    }
    site.change(&acme, |record| record.policy.group_mapping = false).await;
    let off = push_group(&site, &acme, "acme:dev", &[&ada]).await;
    patch_group(&site, &acme, &off, remove(&ada)).await;
    site.expect(&acme, "DELETE", &format!("/Groups/{off}"), Value::Null, 204).await;
    assert_eq!(teams().await, before, "RC-18: off");
    // An unmapped team is nobody's but its administrator's: the default team keeps its people.
    is(people(&site, &acme, acme.organization, "everyone").await, &["ada"], "RC-18");
    assert_eq!(people(&site, &globex, globex.organization, "dev").await, None, "P4-13: never cross the connection");
}

/// P4-35, RC-14: equality removes people put there by hand.
async fn the_first_group_of_a_team_takes_it_over(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let (ada, hand) = (site.push(&acme, "ada").await, site.push(&acme, "hand").await);
    let person = site.directory().read().account_by_email("hand@acme.example").await.unwrap().unwrap().id;
    let team = &Team {
        company: acme.company,
        id: TeamId::from_u128(7),
        organization: acme.organization,
        name: "Dev".to_owned(),
        name_folded: "dev".to_owned(),
    };
    site.write(|unit| async move {
        unit.insert_team(team);
        unit.add_to_team(acme.company, team.id, person);
        Ok(())
    })
    .await;
    is(dev(&site, &acme).await, &["hand"], "by hand");
    let mapped = || async { site.directory().read().is_team_mapped(acme.company, team.id).await.unwrap() };
    assert!(!mapped().await, "RC-18: by hand, and only so");
    push_group(&site, &acme, "acme:dev", &[&ada]).await;
    is(dev(&site, &acme).await, &["ada"], "P4-35");
    assert!(mapped().await, "RC-18");
    // A second group of the same team only adds.
    push_group(&site, &acme, "acme :dev", &[&hand]).await;
    is(dev(&site, &acme).await, &["ada", "hand"], "P/G-2");
    // The default team, mapped: everybody who is in no group leaves it, and nobody new is put there by default.
    push_group(&site, &acme, "acme:everyone", &[&ada]).await;
    is(people(&site, &acme, acme.organization, "everyone").await, &["ada"], "P4-35");
    site.push(&acme, "late").await;
    site.sign_in(&acme, "visitor").await;
    is(people(&site, &acme, acme.organization, "everyone").await, &["ada"], "RC-14");
}

/// RC-17: a thousand new teams in an hour; then the group is stored, and its team made by a later write.
async fn new_teams_are_limited(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let ada = site.push(&acme, "ada").await;
    let now = site.clock.now();
    site.write(|unit| async move {
        for number in 0..1_000_u128 {
            let team = Team {
                company: acme.company,
                id: TeamId::from_u128(0xfff_0000 + number),
                organization: acme.organization,
                name: format!("made{number}"),
                name_folded: format!("made{number}"),
            };
            unit.insert_team_made_by(&team, acme.connection, now);
        }
        Ok(())
    })
    .await;
    let crew = push_group(&site, &acme, "acme:dev", &[&ada]).await;
    assert_eq!(dev(&site, &acme).await, None, "RC-17");
    let log = site.directory().read().activities(acme.company, None, 10).await.unwrap();
    let noted = log.iter().find(|entry| entry.action == "team.not_created").expect("RC-17: the log says so");
    assert!(noted.data.contains("RC-17"), "{}", noted.data);
    // Nobody else makes it in the meantime.
    site.clock.advance(HOUR + 1);
    site.sign_in_with(&acme, "ada", json!({"groups": ["acme:dev"]})).await;
    assert_eq!(dev(&site, &acme).await, None, "RC-14");
    patch_group(&site, &acme, &crew, add(&ada)).await;
    is(dev(&site, &acme).await, &["ada"], "an hour later");
}

/// RC-14, P4-18, P/G-4, P/G-9.
async fn a_sign_in_neither_adds_to_a_mapped_team_nor_empties_it(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let ada = site.push(&acme, "ada").await;
    push_group(&site, &acme, "acme:dev", &[&ada]).await;
    let decided = site.sign_in_with(&acme, "bob", json!({"groups": ["acme:dev", "acme:free"]})).await;
    assert!(rules(&decided).contains(&"RC-14"), "{decided}");
    assert_eq!(decided["warnings"][0]["code"], "team_mapped", "{decided}");
    assert_eq!(member(&site, &acme, "bob").await[2], json!(["free"]), "RC-14: another team is joined");
    for claims in [json!({}), json!({"groups": []}), json!({"groups": ["acme:free"]})] {
        site.sign_in_with(&acme, "ada", claims).await;
        is(dev(&site, &acme).await, &["ada"], "RC-14: a missing or incomplete claim empties nothing");
    }
}

/// RC-14, R-4.
async fn an_attribute_adds_nobody_to_a_mapped_team(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let ada = site.push(&acme, "ada").await;
    push_group(&site, &acme, "acme:dev", &[&ada]).await;
    let wants = |name: &str| user_with(&acme.email(name), json!({OURS: {"team": "dev"}}));
    site.expect(&acme, "POST", "/Users", wants("bob"), 201).await;
    site.expect(&acme, "PUT", &format!("/Users/{ada}"), wants("ada"), 200).await;
    is(dev(&site, &acme).await, &["ada"], "RC-14");
}

/// RC-18.
async fn turning_the_switch_on_applies_the_groups_that_are_there(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let (ada, bob) = (site.push(&acme, "ada").await, site.push(&acme, "bob").await);
    push_group(&site, &acme, "acme:dev", &[&ada]).await;
    push_group(&site, &acme, "acme : dev", &[&bob]).await;
    push_group(&site, &acme, "elsewhere:dev", &[&bob]).await;
    push_group(&site, &acme, "acme:ops", &[]).await;
    site.write(|unit| async move {
        unit.insert_account(&account(9, "unrelated@acme.example"));
        Ok(())
    })
    .await;
    assert_eq!(dev(&site, &acme).await, None, "off");
    site.change(&acme, |record| record.policy.group_mapping = true).await;
    let app = site.parts();
    let change = &Change::by(app, acme.company, "test".to_owned(), "connection.changed");
    let connection = &app.directory.read().connection(acme.company, acme.connection).await.unwrap().unwrap();
    for _ in 0..2 {
        let work = |unit| async move { Mapping::apply_connection(app, &unit, connection, change).await };
        app.directory.write(work).await.unwrap();
        is(dev(&site, &acme).await, &["ada", "bob"], "RC-18");
        is(people(&site, &acme, acme.organization, "ops").await, &[], "RC-18");
    }
}
