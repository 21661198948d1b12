//! The table of filters with their answers, over stored resources on both databases.

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{Kind, ListRequest};
use rollcall_scim::Tolerances;
use rollcall_scim::condition::resolve_root;
use rollcall_scim::filter::{self, Limits};
use rollcall_scim::value::date_time;
use serde_json::json;

use crate::filters::condition;
use crate::population::{
    Population, all_of, group_id, group_member, group_type, ids, matching, scope, user_id, user_member, user_type,
};

fn population() -> Population {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let users = [
        json!({"userName": "bjensen", "externalId": "EX-1", "name": {"givenName": "Barbara", "familyName": "Jensen"},
            "title": "Tour Guide", "userType": "Employee", "active": true,
            "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}, {"value": "babs@home.example.org", "type": "home"}],
            "roles": [{"value": "admin", "primary": true}],
            enterprise: {"department": "Sales", "manager": {"value": user_id(2).to_string()}}}),
        json!({"userName": "JSmith", "name": {"givenName": "James", "familyName": "O'Malley"}, "userType": "Contractor",
            "active": false, "emails": [{"value": "j@example.net", "type": "home"}]}),
        json!({"userName": "zoe", "displayName": "Zo\u{eb}", "title": "manager", "active": true,
            "phoneNumbers": [{"value": "tel:+1-555-0100", "type": "work"}]}),
    ];
    let groups = [json!({"displayName": "Sales"}), json!({"displayName": "All", "externalId": "ex-1"})];
    let mut population = Population::new(scope(1, 1), &users, &groups);
    population.members = vec![vec![user_member(0), user_member(1)], vec![group_member(0)]];
    let instants = [
        ("2024-01-10T08:00:00Z", "2024-03-01T10:00:00Z"),
        ("2024-02-01T00:00:00Z", "2024-02-01T00:00:00Z"),
        ("2024-01-01T01:30:00Z", "2024-06-01T00:00:00Z"),
    ];
    for ((user, _), (created, updated)) in population.users.iter_mut().zip(instants) {
        user.created_at = date_time::parse(created).unwrap();
        user.updated_at = date_time::parse(updated).unwrap();
    }
    population
}

/// Rows of (requirement, filter, numbers of the resources found).
async fn check(directory: &TestDirectory, kind: Kind, rows: &[(&str, &str, &[u128])]) {
    let population = population();
    population.store(directory).await;
    for (requirement, text, expected) in rows {
        let text = text.replace("{u1}", &user_id(0).to_string()).replace("{g2}", &group_id(1).to_string());
        let condition = condition(kind, &text).unwrap_or_else(|error| panic!("{requirement}: {error}"));
        let found = directory.read().list(population.scope, &matching(kind, condition)).await.unwrap();
        let id = |number: &u128| if kind == Kind::User { user_id(*number).uuid() } else { group_id(*number).uuid() };
        assert_eq!(ids(&found.rows), expected.iter().map(id).collect::<Vec<_>>(), "{requirement}: {text}");
    }
}

async fn filters_on_users(directory: &TestDirectory) {
    let rows: &[(&str, &str, &[u128])] = &[
        ("EF-1", r#"userName eq "bjensen""#, &[0]),
        ("EF-2", r#"userName eq "BJENSEN""#, &[0]),
        ("EF-5", r#"URN:IETF:params:scim:schemas:core:2.0:user:username sw "j""#, &[1]),
        ("EF-6", r#"userName co "S""#, &[0, 1]),
        ("EF-7", r#"userName ew "EN""#, &[0]),
        ("EF-9", r#"id eq "01935000-0000-7000-8000-00000000000A""#, &[]),
        ("EF-9", r#"id eq "{u1}""#, &[0]),
        ("EF-9", r#"id sw "01935000" and id ew "1""#, &[1]),
        ("EF-10", r#"externalId eq "EX-1""#, &[0]),
        ("EF-11", r#"externalId eq "ex-1""#, &[]),
        ("EF-13", "not (title pr)", &[1]),
        ("EF-14", r#"title eq "MANAGER""#, &[2]),
        ("EF-15", r#"title ne "manager""#, &[0, 1]),
        ("EF-17", r#"title le "Manager""#, &[2]),
        ("EF-18", "active eq true", &[0, 2]),
        ("EF-19", "active ne true", &[1]),
        ("EF-21", r#"active eq "true""#, &[0, 2]),
        ("EF-23", r#"meta.lastModified gt "2024-03-01T10:00:00Z""#, &[2]),
        ("EF-25", r#"meta.created lt "2024-01-02T00:00:00Z""#, &[2]),
        ("EF-26", r#"meta.created eq "2024-01-10T10:00:00+02:00""#, &[0]),
        ("EF-29", r#"name.familyName co "O'Malley""#, &[1]),
        ("EF-30", r#"name.familyName eq "jensen" and active eq true"#, &[0]),
        ("EF-31", r#"emails co "example.net""#, &[1]),
        ("EF-33", r#"emails.type eq "work" and emails.value co "home.example.org""#, &[0]),
        ("EF-34", r#"emails[type eq "work" and value co "home.example.org"]"#, &[]),
        ("EF-35", r#"emails[type eq "home"]"#, &[0, 1]),
        ("EF-37", r#"emails.type ne "work""#, &[1, 2]),
        ("EF-38", r#"emails[type ne "work"]"#, &[0, 1]),
        ("EF-39", "emails pr", &[0, 1]),
        ("EF-41", "emails[primary eq false]", &[0, 1]),
        (
            "EF-42",
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            &[0],
        ),
        ("EF-43", r#"emails[(type eq "home" or type eq "work") and value ew ".net"]"#, &[1]),
        ("EF-45", r#"userType eq "Employee" or userType eq "Contractor" and active eq false"#, &[0, 1]),
        ("EF-46", r#"(userType eq "Employee" or userType eq "Contractor") and active eq false"#, &[1]),
        ("EF-47", r#"not (userType eq "Employee") and active eq true"#, &[2]),
        ("EF-49", "not (not (title pr))", &[0, 2]),
        ("EF-50", r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "sales""#, &[0]),
        ("EF-54", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr", &[0]),
        ("EF-55", r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#, &[0]),
        ("EF-57", r#"groups[type eq "indirect" and value eq "{g2}"]"#, &[0, 1]),
        ("EF-58", "name pr", &[0, 1]),
        ("EF-61", "title eq null", &[1]),
        ("EF-61", "title ne null", &[0, 2]),
        ("EF-63", r#"title eq """#, &[]),
        ("EF-63", r#"title co """#, &[0, 2]),
        ("EF-69", r#"userName eq "a\"b""#, &[]),
        ("EF-69", r#"userName eq "\u0062jensen""#, &[0]),
        ("EF-85", r#"displayName eq "ZOE\u0308""#, &[2]),
        ("EF-86", r#"userName eq "bjensen" AND active eq true"#, &[0]),
        ("EF-87", r#"roles[primary eq "True"]"#, &[0]),
        ("EF-93", r#"meta.version eq "W/\"1\"""#, &[0, 1, 2]),
        ("EF-93", r#"meta.version eq "W/\"abc\"""#, &[]),
        ("EF-94", "active pr", &[0, 1, 2]),
        ("EF-95", r#"emails.value eq "BJENSEN@EXAMPLE.COM""#, &[0]),
    ];
    check(directory, Kind::User, rows).await;
}

async fn filters_on_groups(directory: &TestDirectory) {
    let rows: &[(&str, &str, &[u128])] = &[
        ("EF-82, D-14", r#"members.value eq "{u1}""#, &[0]),
        ("EF-82, D-14", r#"members eq "{u1}""#, &[0]),
        ("EF-82, D-14", r#"members[value eq "{u1}" and type eq "User"]"#, &[0]),
        ("K-42, D-14", r#"id eq "{g2}" and members eq "{u1}""#, &[]),
        ("EF-83", r#"members.type eq "Group""#, &[1]),
        ("EF-83", r#"members.$ref ew "/Users/{u1}""#, &[0]),
        ("D-12", r#"externalId eq "ex-1""#, &[1]),
        ("D-13", r#"members.display eq "BJensen""#, &[0]),
        ("K-42", r#"displayName eq "sales""#, &[0]),
    ];
    check(directory, Kind::Group, rows).await;
}

async fn filters_at_the_root(directory: &TestDirectory) {
    let population = population();
    population.store(directory).await;
    let (users, groups): (&[u128], &[u128]) = (&[0, 1, 2], &[0, 1]);
    for (requirement, text, users, groups) in [
        ("EF-11", r#"externalId eq "ex-1""#, &users[..0], &groups[1..]),
        ("EF-77", r#"userName pr or displayName sw "A""#, users, &groups[1..]),
        ("EF-78", r#"meta.resourceType eq "Group""#, &users[..0], groups),
        ("EF-78", r#"meta.resourceType eq "group""#, &users[..0], &groups[..0]),
        ("EF-79", r#"(meta.resourceType eq "User") and active eq false"#, &users[1..2], &groups[..0]),
    ] {
        let (tolerances, types) = (Tolerances::lenient(), (user_type(), group_type()));
        let filter = filter::parse(text, &Limits::default(), &tolerances).unwrap();
        let conditions = resolve_root(&filter, &[&types.0, &types.1], &tolerances).unwrap();
        let kinds = [Kind::User, Kind::Group].into_iter().zip(conditions).collect();
        let found =
            directory.read().list(population.scope, &ListRequest { kinds, ..all_of(Kind::User) }).await.unwrap();
        let mut expected: Vec<_> = users.iter().map(|number| user_id(*number).uuid()).collect();
        expected.extend(groups.iter().map(|number| group_id(*number).uuid()));
        expected.sort_unstable();
        assert_eq!(
            (ids(&found.rows), found.total),
            (expected.clone(), Some(expected.len() as u64)),
            "{requirement}: {text}"
        );
    }
}

rollcall_directory::on_each_database! {
    filters_on_users
    filters_on_groups
    filters_at_the_root
}
