//! The same filter means the same to SQLite, to PostgreSQL and to the evaluator of `rollcall_scim` (E-12 to E-25).

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{Kind, ListRequest};
use rollcall_scim::condition::{Condition, resolve, resolve_root};
use rollcall_scim::filter::{self, Limits};
use rollcall_scim::{ScimError, Tolerances};
use serde_json::{Value, json};

use crate::population::{
    BASE_URL, CUSTOM, Population, all_of, group_id, group_member, group_type, ids, matching, reference, scope, user_id,
    user_member, user_type,
};
use crate::words::{decimal, instant, integer, literal, word};
use rollcall_directory::testing::{Dice, rounds};

const USERS: usize = 9;
const GROUPS: usize = 5;
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(crate) fn condition(kind: Kind, text: &str) -> Result<Condition, ScimError> {
    let tolerances = Tolerances::lenient();
    let filter = filter::parse(text, &Limits::default(), &tolerances)?;
    let resource_type = if kind == Kind::User { user_type() } else { group_type() };
    resolve(&filter, &resource_type, &tolerances)
}

/// A body of a user, nearly everything in it optional.
fn user_body(dice: &mut Dice, number: usize) -> Value {
    let mut body = json!({"userName": format!("{}#{number}", word(dice)), "active": dice.chance(50)});
    for name in ["displayName", "title", "nickName", "externalId"] {
        if dice.chance(60) {
            body[name] = json!(word(dice));
        }
    }
    if dice.chance(60) {
        body["name"] = json!({"familyName": word(dice)});
    }
    if dice.chance(50) {
        body["name"]["givenName"] = json!(word(dice));
    }
    if dice.chance(70) {
        body["emails"] = (0..=dice.below(3)).map(|_| email(dice)).collect();
        if dice.chance(50) {
            body["emails"][0]["primary"] = json!(true);
        }
    }
    if dice.chance(40) {
        body[ENTERPRISE] = json!({"department": word(dice), "manager": {"value": user_id(1).to_string()}});
    }
    let mut custom = json!({});
    if dice.chance(70) {
        custom["count"] = integer(dice);
    }
    if dice.chance(70) {
        custom["ratio"] = decimal(dice);
    }
    if dice.chance(70) {
        custom["at"] = json!(instant(dice));
    }
    if dice.chance(60) {
        custom["exact"] = json!(word(dice));
    }
    if dice.chance(60) {
        custom["tags"] = (0..=dice.below(3)).map(|_| word(dice)).collect();
    }
    if dice.chance(50) {
        custom["numbers"] = (0..=dice.below(3)).map(|_| integer(dice)).collect();
    }
    if dice.chance(50) {
        custom["box"] = json!({"label": word(dice), "size": integer(dice)});
    }
    if dice.chance(60) {
        let element =
            |dice: &mut Dice| json!({"value": word(dice), "type": dice.pick(&["x", "Y"]), "size": integer(dice)});
        custom["list"] = (0..=dice.below(3)).map(|_| element(dice)).collect();
    }
    body[CUSTOM] = custom;
    body
}

fn email(dice: &mut Dice) -> Value {
    let mut email = json!({});
    for name in ["value", "display"] {
        if dice.chance(70) {
            email[name] = json!(word(dice));
        }
    }
    if dice.chance(70) {
        email["type"] = json!(dice.pick(&["work", "Home", "other"]));
    }
    email
}

/// Users, groups, and memberships among all of them, circles included.
pub(crate) fn population(dice: &mut Dice, case: u64) -> Population {
    let users: Vec<Value> = (0..USERS).map(|number| user_body(dice, number)).collect();
    let groups: Vec<Value> = (0..GROUPS)
        .map(|number| {
            let mut body = json!({"displayName": format!("{}#{number}", word(dice))});
            if dice.chance(50) {
                body["externalId"] = json!(word(dice));
            }
            body
        })
        .collect();
    let mut population = Population::new(scope(u128::from(case) + 1, 1), &users, &groups);
    for (number, members) in population.members.iter_mut().enumerate() {
        members.extend((0..USERS as u128).filter(|_| dice.chance(25)).map(user_member));
        members
            .extend((0..GROUPS).filter(|other| *other != number && dice.chance(25)).map(|n| group_member(n as u128)));
    }
    for (user, _) in &mut population.users {
        user.created_at += dice.pick(&[0, 1, 2]);
        user.updated_at += dice.pick(&[0, 1, 2]);
        user.version = 9 + dice.below(3) as u64;
    }
    for (group, _) in &mut population.groups {
        group.created_at += dice.pick(&[0, 1, 2]);
        group.version = 9 + dice.below(3) as u64;
    }
    population
}

/// What may stand after an attribute of some type.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Exact,
    Boolean,
    Integer,
    Decimal,
    Instant,
    Id,
    Reference,
    Version,
    Choice(&'static [&'static str]),
}

const USER_ATTRIBUTES: &[(&str, Form)] = &[
    ("userName", Form::Text),
    ("displayName", Form::Text),
    ("title", Form::Text),
    ("externalId", Form::Text),
    ("name.familyName", Form::Text),
    ("name.givenName", Form::Text),
    ("emails", Form::Text),
    ("emails.value", Form::Text),
    ("emails.display", Form::Text),
    ("emails.type", Form::Choice(&["work", "HOME", "other", ""])),
    ("emails.primary", Form::Boolean),
    ("active", Form::Boolean),
    ("id", Form::Id),
    ("schemas", Form::Choice(&[ENTERPRISE, CUSTOM, "urn:ietf:params:scim:schemas:core:2.0:User"])),
    ("meta.resourceType", Form::Choice(&["User", "user", "Group"])),
    ("meta.created", Form::Instant),
    ("meta.lastModified", Form::Instant),
    ("meta.version", Form::Version),
    ("meta.location", Form::Reference),
    ("groups", Form::Id),
    ("groups.value", Form::Id),
    ("groups.$ref", Form::Reference),
    ("groups.display", Form::Text),
    ("groups.type", Form::Choice(&["direct", "INDIRECT", "x"])),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", Form::Text),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", Form::Id),
    ("urn:example:params:scim:schemas:custom:2.0:User:count", Form::Integer),
    ("urn:example:params:scim:schemas:custom:2.0:User:ratio", Form::Decimal),
    ("urn:example:params:scim:schemas:custom:2.0:User:at", Form::Instant),
    ("urn:example:params:scim:schemas:custom:2.0:User:exact", Form::Exact),
    ("urn:example:params:scim:schemas:custom:2.0:User:tags", Form::Text),
    ("urn:example:params:scim:schemas:custom:2.0:User:numbers", Form::Integer),
    ("urn:example:params:scim:schemas:custom:2.0:User:box.label", Form::Text),
    ("urn:example:params:scim:schemas:custom:2.0:User:box.size", Form::Integer),
    ("urn:example:params:scim:schemas:custom:2.0:User:list.value", Form::Text),
    ("urn:example:params:scim:schemas:custom:2.0:User:list.size", Form::Integer),
];

const GROUP_ATTRIBUTES: &[(&str, Form)] = &[
    ("displayName", Form::Text),
    ("externalId", Form::Exact),
    ("id", Form::Id),
    ("meta.created", Form::Instant),
    ("meta.version", Form::Version),
    ("meta.location", Form::Reference),
    ("meta.resourceType", Form::Choice(&["Group", "User"])),
    ("members", Form::Id),
    ("members.value", Form::Id),
    ("members.display", Form::Text),
    ("members.type", Form::Choice(&["user", "GROUP", "x"])),
    ("members.$ref", Form::Reference),
];

/// Attributes that brackets may follow, with what stands inside.
const USER_LISTS: &[(&str, &[(&str, Form)])] = &[
    (
        "emails",
        &[
            ("value", Form::Text),
            ("type", Form::Choice(&["work", "home"])),
            ("primary", Form::Boolean),
            ("display", Form::Text),
        ],
    ),
    (
        "groups",
        &[
            ("value", Form::Id),
            ("type", Form::Choice(&["direct", "indirect"])),
            ("display", Form::Text),
            ("$ref", Form::Reference),
        ],
    ),
    (
        "urn:example:params:scim:schemas:custom:2.0:User:list",
        &[("value", Form::Text), ("type", Form::Choice(&["x", "y"])), ("size", Form::Integer)],
    ),
];

const GROUP_LISTS: &[(&str, &[(&str, Form)])] = &[(
    "members",
    &[
        ("value", Form::Id),
        ("type", Form::Choice(&["User", "Group"])),
        ("display", Form::Text),
        ("$ref", Form::Reference),
    ],
)];

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn some_id(dice: &mut Dice) -> String {
    let number = dice.below(10) as u128;
    let id = if dice.chance(50) { user_id(number).uuid() } else { group_id(number % 6).uuid() };
    match dice.below(8) {
        0 => id.to_string().to_uppercase(),
        1 => id.simple().to_string(),
        2 => id.to_string().split_off(30),
        3 => id.to_string()[..14].to_owned(),
        4 => literal(dice),
        _ => id.to_string(),
    }
}

fn some_reference(dice: &mut Dice) -> String {
    let (user, group) = (user_id(dice.below(10) as u128).uuid(), group_id(dice.below(6) as u128).uuid());
    match dice.below(5) {
        0 => "/Users/".to_owned(),
        1 => format!("/Groups/{group}"),
        2 => BASE_URL.to_owned(),
        3 => reference("Group", group),
        _ => reference("User", user),
    }
}

/// A test with operators that fit the type.
fn comparison(dice: &mut Dice, attributes: &[(&str, Form)]) -> String {
    const ALL: [&str; 9] = ["eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt"];
    const ORDER: [&str; 6] = ["eq", "ne", "gt", "ge", "lt", "le"];
    const PLAIN: [&str; 5] = ["eq", "ne", "co", "sw", "ew"];
    let (name, form) = dice.pick(attributes);
    if dice.chance(8) {
        return format!("{name} pr");
    }
    let (operators, value): (&[&str], String) = match form {
        Form::Text | Form::Exact => {
            let value = if name == "userName" && dice.chance(50) {
                format!("{}#{}", word(dice), dice.below(USERS))
            } else {
                literal(dice)
            };
            (&ALL, quoted(&value))
        }
        Form::Boolean => (&PLAIN[..2], dice.pick(&["true", "false"]).to_string()),
        Form::Integer => (&ORDER, integer(dice).to_string()),
        Form::Decimal => (&ORDER, decimal(dice).to_string()),
        Form::Instant => (&ORDER, quoted(instant(dice))),
        Form::Id => (&ALL, quoted(&some_id(dice))),
        Form::Reference => (&PLAIN, quoted(&some_reference(dice))),
        Form::Version => (&ALL, quoted(dice.pick(&["W/\"9\"", "W/\"10\"", "W/\"010\"", "\"10\"", "0"]))),
        Form::Choice(choices) => (&ALL, quoted(dice.pick(choices))),
    };
    format!("{name} {} {value}", dice.pick(operators))
}

/// Equality with what has an index.
fn look_up(dice: &mut Dice, kind: Kind) -> String {
    let name = match kind {
        Kind::User => dice.pick(&["id", "userName", "externalId", "displayName", "emails", "groups"]),
        Kind::Group => dice.pick(&["id", "externalId", "displayName", "members", "members.value"]),
    };
    let value = match name {
        "id" | "groups" | "members" | "members.value" => some_id(dice),
        "userName" => format!("{}#{}", word(dice), dice.below(USERS)),
        _ => word(dice),
    };
    format!("{name} eq {}", quoted(&value))
}

fn term(dice: &mut Dice, kind: Kind, depth: usize) -> String {
    let (attributes, lists) =
        if kind == Kind::User { (USER_ATTRIBUTES, USER_LISTS) } else { (GROUP_ATTRIBUTES, GROUP_LISTS) };
    if depth == 0 || dice.chance(40) {
        if dice.chance(70) {
            return comparison(dice, attributes);
        }
        let (list, inside) = dice.pick(lists);
        let first = comparison(dice, inside);
        let second = comparison(dice, inside);
        return match dice.below(5) {
            0 => format!("{list}[{first}]"),
            1 => format!("{list}[not ({first}) and {second}]"),
            2 => format!("{list}[{first} or {second}]"),
            _ => format!("{list}[{first} and {second}]"),
        };
    }
    if dice.chance(15) {
        return (0..=1 + dice.below(2)).map(|_| look_up(dice, kind)).collect::<Vec<_>>().join(" or ");
    }
    let (left, right) = (term(dice, kind, depth - 1), term(dice, kind, depth - 1));
    match dice.below(4) {
        0 => format!("not ({left})"),
        1 => format!("({left}) or ({right})"),
        _ => format!("({left}) and ({right})"),
    }
}

/// A filter that the resource type understands, and its condition.
pub(crate) fn random_filter(dice: &mut Dice, kind: Kind) -> (String, Condition) {
    loop {
        let depth = dice.below(4);
        let text = term(dice, kind, depth);
        // Some combinations are refused, as they should be; they never reach the directory.
        if let Ok(condition) = condition(kind, &text) {
            return (text, condition);
        }
    }
}

async fn check(
    directory: &TestDirectory,
    population: &Population,
    kinds: Vec<(Kind, Condition)>,
    about: &str,
) -> usize {
    let mut expected: Vec<_> = kinds
        .iter()
        .flat_map(|(kind, condition)| {
            population
                .documents(*kind)
                .into_iter()
                .filter(|(_, document)| condition.matches(document))
                .map(|(id, _)| id)
        })
        .collect();
    expected.sort_unstable();
    let request = ListRequest { kinds, ..all_of(Kind::User) };
    let found = directory.read().list(population.scope, &request).await;
    let found = found.unwrap_or_else(|error| panic!("{about}: {error} in {request:?}"));
    assert_eq!(ids(&found.rows), expected, "{about}: {:?}", request.kinds);
    assert_eq!(found.total, Some(expected.len() as u64), "{about}");
    expected.len()
}

async fn a_random_filter_finds_what_the_evaluator_finds(directory: &TestDirectory) {
    let mut matched = 0;
    for case in 0..rounds(12, 340) {
        let dice = &mut Dice::new(case);
        let population = population(dice, case);
        population.store(directory).await;
        for _ in 0..30 {
            let kind = if dice.chance(75) { Kind::User } else { Kind::Group };
            let (text, condition) = random_filter(dice, kind);
            let found = check(directory, &population, vec![(kind, condition)], &format!("case {case}, {text}")).await;
            matched += usize::from(found > 0);
        }
    }
    assert!(matched > 100, "the filters are too narrow to say anything: {matched}");
}

async fn a_random_filter_at_the_root_finds_both_kinds(directory: &TestDirectory) {
    let tolerances = Tolerances::lenient();
    let (user, group) = (user_type(), group_type());
    for case in 0..rounds(4, 60) {
        let dice = &mut Dice::new(1_000 + case);
        let population = population(dice, case);
        population.store(directory).await;
        for _ in 0..15 {
            let one = comparison(dice, USER_ATTRIBUTES);
            let other = comparison(dice, GROUP_ATTRIBUTES);
            let text = format!("{one} {} {other}", dice.pick(&["or", "and"]));
            let resolved = filter::parse(&text, &Limits::default(), &tolerances)
                .and_then(|filter| resolve_root(&filter, &[&user, &group], &tolerances));
            let Ok(resolved) = resolved else { continue };
            let kinds = [Kind::User, Kind::Group].into_iter().zip(resolved).collect();
            check(directory, &population, kinds, &format!("case {case}, {text}")).await;
        }
    }
}

/// E-10: the deepest and widest filters that are accepted are also understood by the databases.
async fn the_largest_filters_are_answered(directory: &TestDirectory) {
    let population = Population::new(scope(1, 1), &[json!({"userName": "a", "title": "t"})], &[]);
    population.store(directory).await;
    let nested = |depth: usize| format!("{}title eq \"t\"{}", "not (".repeat(depth), ")".repeat(depth));
    let wide = vec!["(emails[type eq \"x\" and value co \"y\"] or title ew \"t\")"; 66].join(" and ");
    let names = vec!["name pr"; 200].join(" or ");
    let deepest = (0..=64).rev().map(nested).find(|text| condition(Kind::User, text).is_ok()).unwrap();
    for text in [deepest, wide, names] {
        let condition = condition(Kind::User, &text).unwrap();
        check(directory, &population, vec![(Kind::User, condition)], &text).await;
    }
}

/// A-74, design 9: neither another company's nor another connection's resources are found.
async fn other_connections_are_not_seen(directory: &TestDirectory) {
    let body = json!({"userName": "a", "emails": [{"value": "a@example.com"}]});
    let population = Population::new(scope(1, 1), &[body], &[json!({"displayName": "g"})]);
    population.store(directory).await;
    for other in [scope(1, 2), scope(2, 1)] {
        for (kind, text) in [
            (Kind::User, "userName eq \"a\"".to_owned()),
            (Kind::User, "emails.value eq \"a@example.com\"".to_owned()),
            (Kind::User, format!("id eq \"{}\"", user_id(0))),
            (Kind::User, "not (title pr)".to_owned()),
            (Kind::Group, "displayName eq \"g\"".to_owned()),
        ] {
            let request = matching(kind, condition(kind, &text).unwrap());
            assert_eq!(directory.read().list(population.scope, &request).await.unwrap().total, Some(1), "{text}");
            assert_eq!(directory.read().list(other, &request).await.unwrap().total, Some(0), "{text}");
        }
    }
}

rollcall_directory::on_each_database! {
    a_random_filter_finds_what_the_evaluator_finds
    a_random_filter_at_the_root_finds_both_kinds
    the_largest_filters_are_answered
    other_connections_are_not_seen
}
