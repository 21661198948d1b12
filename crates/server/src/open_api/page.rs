//! `/api`: the description for people, made of the document. It needs no script, and loads nothing.

mod example;
mod kind;
mod operations;
mod prose;

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::kind::Kind;
use self::operations::{Group, groups};
use self::prose::Look;
use crate::edge::{Failure, Problem};

const CSS: &str = include_str!("../../templates/api.css");

/// The page.
#[derive(Template)]
#[template(path = "api.html")]
struct Page<'a> {
    css: &'static str,
    version: &'static str,
    base_url: &'a str,
    description: &'a str,
    groups: Vec<Group<'a>>,
    schemas: Vec<SchemaView<'a>>,
}

/// A line of a table: a parameter, an answer or a member.
#[derive(Debug)]
struct Row<'a> {
    name: &'a str,
    /// Where it is, or whether it must be.
    place: &'a str,
    kind: Kind,
    says: &'a str,
}

/// A schema with a name.
#[derive(Debug)]
struct SchemaView<'a> {
    name: &'a str,
    anchor: String,
    says: &'a str,
    words: Vec<&'a str>,
    members: Vec<Row<'a>>,
}

/// The page as text.
pub(super) fn render(document: &Value, base_url: &str) -> Result<String, askama::Error> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let page = Page {
        css: CSS,
        version: env!("CARGO_PKG_VERSION"),
        base_url,
        description: document.pointer("/info/description").and_then(Value::as_str).unwrap_or_default(),
        groups: groups(document, base_url),
        schemas: schemas.into_iter().flatten().map(|(name, schema)| schema_view(name, schema)).collect(),
    };
    page.render()
}

/// The answer. Nothing but the page's own style is allowed to it.
pub(super) fn answer(text: String) -> Response {
    let style = STANDARD.encode(Sha256::digest(CSS));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (headers, text).into_response()
}

/// 500: the template is compiled in, so this does not come.
pub(super) fn failed(error: &askama::Error) -> Problem {
    tracing::error!(%error, "the page of the interfaces could not be made");
    Failure::internal().into()
}

fn schema_view<'a>(name: &'a str, schema: &'a Value) -> SchemaView<'a> {
    let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let members = schema.get("properties").and_then(Value::as_object);
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let row = |(name, member): (&'a String, &'a Value)| Row {
        name,
        place: if required.contains(&name.as_str()) { "always" } else { "" },
        kind: Kind::of(member),
        says: text(member, "description"),
    };
    SchemaView {
        name,
        anchor: kind::anchor(name),
        says: text(schema, "description"),
        words: words.collect(),
        members: members.into_iter().flatten().map(row).collect(),
    }
}

/// A member that is text, or nothing.
fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}
