//! What the fuzz targets do with bytes: nothing may panic, and what is accepted keeps the laws of the crate (L-2, L-3).
//!
//! Plain functions, so that a found input is a line in a test.

use rollcall_scim::bulk::{self, Action, Done, Job};
use rollcall_scim::etag::Preconditions;
use rollcall_scim::filter::{self, Filter};
use rollcall_scim::json::{self, Limits};
use rollcall_scim::list::{ListLimits, ListQuery, parse_query};
use rollcall_scim::search_document::search_document;
use rollcall_scim::{Catalog, Resource, ScimError, Tolerances, condition, patch as patching, path as paths, resource};
use serde_json::Value;

const BASE: &str = "http://rollcall.example/scim/v2";

/// A user with something of everything.
const ADA: &str = r#"{"userName":"ada","externalId":"x-1","name":{"givenName":"Ada","familyName":"Lovelace"},"title":"Dev","active":true,
 "emails":[{"value":"a@w.example","type":"work","primary":true},{"value":"a@h.example","type":"home"}],"roles":[{"value":"r1"}],
 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D","manager":{"value":"m"}}}"#;

fn modes() -> [Tolerances; 2] {
    [Tolerances::lenient(), Tolerances::strict()]
}

fn ada() -> Resource {
    Resource::from_document(ADA).expect("the stored user reads back")
}

/// A filter: accepted text survives printing, and its negation finds exactly the rest.
pub fn filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let catalog = Catalog::rollcall();
    for tolerances in modes() {
        let Ok(parsed) = filter::parse(text, &filter::Limits::default(), &tolerances) else { continue };
        let printed = parsed.to_string();
        // Printing may lengthen a text at the limit by its normal spacing.
        let roomy = filter::Limits { length: printed.len(), ..filter::Limits::default() };
        let again = filter::parse(&printed, &roomy, &Tolerances::strict());
        assert_eq!(again.as_ref(), Ok(&parsed), "{printed}");
        for kind in catalog.resource_types() {
            let Ok(found) = condition::resolve(&parsed, kind, &tolerances) else { continue };
            let negated = Filter::Not(Box::new(parsed.clone()));
            let rest = condition::resolve(&negated, kind, &tolerances).expect("a negation resolves like its filter");
            let document = search_document(kind, &ada(), "id-1");
            assert_ne!(found.matches(&document), rest.matches(&document), "{printed}");
        }
    }
}

/// A PATCH path.
pub fn path(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let catalog = Catalog::rollcall();
    for tolerances in modes() {
        for kind in catalog.resource_types() {
            // Whatever comes of it, it must come.
            let _parsed = paths::parse(text, kind, &tolerances);
        }
    }
}

/// A PATCH: what it leaves behind is a valid resource that reads back as it is.
pub fn patch(data: &[u8]) {
    let Ok(body) = json::parse(data, &Limits::default()) else { return };
    let catalog = Catalog::rollcall();
    for tolerances in modes() {
        let Ok(operations) = patching::parse(body.clone(), &tolerances, 100) else { continue };
        for kind in [catalog.user(), catalog.group()] {
            let stored = if kind.name == "User" { ada() } else { group() };
            let Ok(patched) = patching::apply(kind, "id-1", &stored, &operations, &tolerances) else { continue };
            resource::check(kind, &patched.resource).expect("PATCH keeps the rules of whole resources");
            let document = patched.resource.to_document();
            assert_eq!(Resource::from_document(&document).as_ref(), Ok(&patched.resource), "{document}");
            let _search = search_document(kind, &patched.resource, "id-1");
        }
    }
}

fn group() -> Resource {
    Resource::from_document(r#"{"displayName":"Dev"}"#).expect("the stored group reads back")
}

/// A resource body: what is created can be put again without a change.
pub fn body(data: &[u8]) {
    let Ok(body) = json::parse(data, &Limits::default()) else { return };
    let catalog = Catalog::rollcall();
    for tolerances in modes() {
        for kind in [catalog.user(), catalog.group()] {
            let Ok(created) = resource::create(kind, body.clone(), &tolerances) else { continue };
            resource::check(kind, &created).expect("what is created is valid");
            let _search = search_document(kind, &created, "id-1");
            let mut echoed: Value = serde_json::from_str(&created.to_document()).expect("documents are JSON");
            if let Value::Object(members) = &mut echoed {
                members.insert("schemas".to_owned(), created.schemas(kind).into());
            }
            let replaced =
                resource::replace(kind, &created, "id-1", echoed, &tolerances).expect("PUT of what GET gave");
            assert_eq!(replaced.attributes(), created.attributes(), "{}", created.to_document());
        }
    }
}

/// `If-Match` and `If-None-Match`, one a line.
pub fn preconditions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (first, second) = text.split_once('\n').map_or((text, None), |(first, second)| (first, Some(second)));
    if let Ok(parsed) = Preconditions::parse(Some(first), second) {
        let _write = parsed.check_write(Some(7));
        let _absent = parsed.check_write(None);
        let _read = parsed.not_modified(7);
    }
}

/// A bulk job, whose operations succeed and fail by the first byte: it ends, and answers no more than was asked.
pub fn bulk(data: &[u8]) {
    let Some((&luck, rest)) = data.split_first() else { return };
    let Ok(body) = json::parse(rest, &Limits::default()) else { return };
    let asked = body.as_object().and_then(|members| members.values().filter_map(Value::as_array).map(Vec::len).max());
    let catalog = Catalog::rollcall();
    let limits = bulk::Limits { max_operations: 100, max_payload_size: 1 << 20 };
    for tolerances in modes() {
        let Ok(mut job) = Job::parse(body.clone(), BASE, catalog.resource_types(), &limits, &tolerances) else {
            continue;
        };
        let mut steps = 0_u32;
        while let Some(step) = job.next_step() {
            steps += 1;
            assert!(steps < 1000, "a job of 100 operations does not end");
            let works = luck.rotate_left(steps) & 1 == 0;
            job.record(if works { Ok(done(&step.action, steps)) } else { Err(ScimError::not_found("x")) });
        }
        let response = job.into_response();
        let answered = response["Operations"].as_array().map_or(0, Vec::len);
        assert!(answered <= asked.unwrap_or_default(), "{answered} answers: {response}");
    }
}

fn done(action: &Action, number: u32) -> Done {
    match action {
        Action::Create { .. } => Done { status: 201, id: format!("id-{number}"), version: Some(1) },
        Action::Delete { id, .. } | Action::Undo { id } => Done { status: 204, id: id.clone(), version: None },
        Action::Replace { id, .. } | Action::Modify { id, .. } | Action::Link { id, .. } => {
            Done { status: 200, id: id.clone(), version: Some(2) }
        }
    }
}

/// The query string of a list.
pub fn query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(parameters) = parse_query(text) else { return };
    for tolerances in modes() {
        let limits = ListLimits { default_count: 100, max_count: 1000, filter: filter::Limits::default() };
        let _list = ListQuery::from_parameters(&parameters, &limits, &tolerances);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attacks_run_on_ordinary_input() {
        filter(br#"userName eq "ada" and not (emails[type eq "work" and value co "x"] or title pr)"#);
        path(br#"emails[type eq "work"].value"#);
        let operations =
            r#"{"op":"add","path":"emails","value":[{"value":"n@x.example"}]},{"op":"remove","path":"title"}"#;
        let urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        patch(format!(r#"{{"schemas":["{urn}"],"Operations":[{operations}]}}"#).as_bytes());
        body(br#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"b","emails":[{"value":"x"}]}"#);
        preconditions(b"W/\"7\", \"8\"\n*");
        let operation = r#"{"method":"POST","path":"/Groups","bulkId":"a","data":{"members":[{"value":"bulkId:a"}]}}"#;
        let urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        bulk(format!("\0{{\"schemas\":[\"{urn}\"],\"Operations\":[{operation},{{}}]}}").as_bytes());
        query(b"filter=userName+pr&count=5&cursor=&sortBy=title");
    }
}
