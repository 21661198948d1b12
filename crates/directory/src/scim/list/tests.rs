//! Which filters and orders a database answers by an index (design 4).

use rollcall_policy::{CompanyId, ConnectionId};
use rollcall_scim::condition::{Condition, resolve};
use rollcall_scim::filter::{self, Limits};
use rollcall_scim::sort::{SortKey, SortTarget};
use rollcall_scim::{Tolerances, catalog::Catalog, condition::Field};
use uuid::Uuid;

use super::{Compiler, ListRequest, Order, Window, page_sql};
use crate::scim::{Kind, Position, Scope};
use crate::testing;

/// SQLite's plan of a page, one line for each table.
async fn plan(directory: &testing::TestDirectory, request: &ListRequest) -> Vec<String> {
    let scope = Scope { company: CompanyId::from_u128(1), connection: ConnectionId::from_u128(2) };
    let read = directory.read();
    let compiler = Compiler { backend: read.backend(), scope, base_url: "" };
    let order = Order::new(&compiler, request.kinds.iter().map(|(kind, _)| *kind), request.sort.as_ref());
    let sql = page_sql(&compiler, &order, request).unwrap();
    let rows = read.query(format!("EXPLAIN QUERY PLAN {}", sql.text), sql.values).await.unwrap();
    rows.iter().map(|row| row.get::<String>("detail").unwrap()).collect()
}

fn request(kind: Kind, filter: Option<&str>) -> ListRequest {
    let tolerances = Tolerances::lenient();
    let catalog = Catalog::rollcall();
    let resource_type = if kind == Kind::User { catalog.user() } else { catalog.group() };
    let condition = filter.map_or(Condition::Constant(true), |text| {
        let filter = filter::parse(text, &Limits::default(), &tolerances).unwrap();
        resolve(&filter, resource_type, &tolerances).unwrap()
    });
    let window = Window::Offset { offset: 0, limit: 100 };
    ListRequest { kinds: vec![(kind, condition)], sort: None, window, count_total: true, base_url: String::new() }
}

#[tokio::test]
async fn look_ups_search_an_index() {
    let directory = testing::sqlite().await;
    let id = "01935000-0000-7000-8000-000000000001";
    for (kind, filter, index) in [
        (Kind::User, format!("id eq \"{id}\""), "sqlite_autoindex_directory_user_1 (company_id=? AND id=?)"),
        (Kind::User, "userName eq \"a\"".to_owned(), "directory_user_user_name"),
        (
            Kind::User,
            "active eq true and (userName eq \"a\") and title co \"x\"".to_owned(),
            "directory_user_user_name",
        ),
        (Kind::User, "externalId eq \"a\"".to_owned(), "directory_user_external_id"),
        (Kind::User, "displayName eq \"a\" and not (title pr)".to_owned(), "directory_user_display_name"),
        (Kind::User, "emails.value eq \"a\"".to_owned(), "directory_address_value"),
        (Kind::User, "emails[type eq \"work\" and value eq \"a\"]".to_owned(), "directory_address_value"),
        (Kind::User, "userName eq \"a\" or emails eq \"a\"".to_owned(), "directory_address_value"),
        (Kind::User, format!("groups eq \"{id}\""), "sqlite_autoindex_directory_user_1 (company_id=? AND id=?)"),
        (
            Kind::Group,
            format!("id eq \"{id}\" and members eq \"{id}\""),
            "sqlite_autoindex_directory_group_1 (company_id=? AND id=?)",
        ),
        (
            Kind::Group,
            format!("members[value eq \"{id}\" and type eq \"User\"]"),
            "sqlite_autoindex_directory_group_1 (company_id=? AND id=?)",
        ),
        (
            Kind::User,
            "userName eq \"a\" and groups.display eq \"b\"".to_owned(),
            "directory_member_member (company_id=? AND member_id=?)",
        ),
        (Kind::Group, "displayName eq \"a\"".to_owned(), "directory_group_display_name"),
        (Kind::Group, "externalId eq \"a\"".to_owned(), "directory_group_external_id"),
    ] {
        let plan = plan(&directory, &request(kind, Some(&filter))).await;
        assert!(plan.iter().any(|line| line.contains(index)), "{filter}: {plan:#?}");
        // Nothing but lists inside one document may be scanned, no table and no part of an index that is a whole company.
        assert!(!plan.iter().any(|line| line.ends_with("(company_id=?)")), "{filter}: {plan:#?}");
        assert!(!plan.iter().any(|line| line.starts_with("SCAN t")), "{filter}: {plan:#?}");
    }
}

/// P6: a page in the middle costs what the first one costs.
#[tokio::test]
async fn pages_by_position_begin_in_the_index() {
    let directory = testing::sqlite().await;
    let by_name =
        SortKey { target: SortTarget::Value(Field { name: "username".to_owned(), sub: None }), descending: false };
    for (sort, sort_value, range) in
        [(None, None, "id>?"), (Some(by_name), Some(Some("m".to_owned())), "user_name_folded>?")]
    {
        let window = Window::After { position: Position { sort_value, id: Uuid::nil() }, limit: 100 };
        let plan = plan(&directory, &ListRequest { sort, window, ..request(Kind::User, None) }).await;
        assert!(plan.iter().any(|line| line.contains(range)), "{plan:#?}");
        assert!(!plan.iter().any(|line| line == "USE TEMP B-TREE FOR ORDER BY"), "{plan:#?}");
    }
}
