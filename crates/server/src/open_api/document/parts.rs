//! Parts of the document that do not depend on routes, and those that many operations share.

use serde_json::{Value, json};

/// The kinds of tokens. All are bearer tokens; what they open differs.
pub(super) fn security_schemes() -> Value {
    let bearer = |says: &str| json!({"type": "http", "scheme": "bearer", "description": says});
    json!({
        "admin_token": bearer("A token of an administrator; its role says what it may do."),
        "product_key": bearer("The product's own key."),
        "sign_in_key": bearer("The sign-in key of one connection, or the product's own key."),
    })
}

/// What varies in paths: name, what it is, whether it is a UUID.
const IN_PATHS: &[(&str, &str, bool)] = &[
    ("account", "Id of an account.", true),
    ("company", "Name or id of a company.", false),
    ("connection", "Id of a connection.", true),
    ("decision", "Id of a decision.", true),
    ("delivery", "Id of a delivery.", true),
    ("domain", "Name of a domain.", false),
    ("entry", "Id of an exchange in the journal.", true),
    ("invitation", "Id of an invitation.", true),
    ("letter", "Id of a letter.", true),
    ("name", "Name of an organization.", false),
    ("plan", "Id of a plan.", true),
    ("team", "Name of a team.", false),
    ("token", "Id of a token; not its text.", true),
    ("user", "Id of a directory user: its SCIM id.", true),
    ("webhook", "Id of a webhook.", true),
];

/// The parameters in a path, in order.
pub(super) fn in_path(path: &str) -> Vec<Value> {
    names(path).map(one_in_path).collect()
}

/// Names in a path that nothing explains.
pub(super) fn unexplained(path: &str) -> impl Iterator<Item = &str> {
    names(path).filter(|name| !IN_PATHS.iter().any(|(known, ..)| known == name))
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| Some(segment.split_once('{')?.1.split_once('}')?.0))
}

fn one_in_path(name: &str) -> Value {
    let known = IN_PATHS.iter().find(|(known, ..)| *known == name);
    let (says, is_uuid) = known.map_or(("An id.", false), |(_, says, is_uuid)| (*says, *is_uuid));
    let schema = if is_uuid { json!({"type": "string", "format": "uuid"}) } else { json!({"type": "string"}) };
    json!({"name": name, "in": "path", "required": true, "description": says, "schema": schema})
}

/// The parameters of lists.
pub(super) fn of_lists() -> [Value; 2] {
    [
        json!({
            "name": "limit", "in": "query", "description": "Items of a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        }),
        json!({
            "name": "cursor", "in": "query", "description": "`next_cursor` of the page before.",
            "schema": {"type": "string"},
        }),
    ]
}

/// `If-Match`.
pub(super) fn if_match() -> Value {
    json!({
        "name": "If-Match", "in": "header", "schema": {"type": "string"},
        "description": "The `ETag` that was read; without it the change is made whatever is there.",
    })
}

/// `Idempotency-Key`.
pub(super) fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header",
        "description": "A fresh key for each thing to be made; the same request with the same key within a day makes \
            nothing twice, and is answered as before.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    })
}

/// `ETag` and `Location` of answers.
pub(super) fn headers(versioned: bool, created: bool) -> Value {
    let text = |says: &str| json!({"description": says, "schema": {"type": "string"}});
    let version = versioned.then(|| ("ETag".to_owned(), text("The version of what is shown, for `If-Match`.")));
    let place = created.then(|| ("Location".to_owned(), text("Where it is from now on.")));
    Value::Object(version.into_iter().chain(place).collect())
}
