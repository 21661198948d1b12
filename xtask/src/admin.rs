//! A strict connection for the suite, made through the administration API of the server under test.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::product::Printed;

/// Makes a strict connection with SCIM on, and hands back its SCIM token.
pub(crate) fn strict_token(printed: &Printed) -> Result<String, String> {
    let connection = json!({
        "name": "acme-strict", "protocol": "attributes", "strict": true, "domains": ["acme.example"],
        "organizations": ["acme"], "default_organization": "acme",
    });
    let made = post(printed, "/companies/acme/connections", &connection)?;
    let id = text(&made, "id")?;
    let plan = post(printed, &format!("/connections/{id}/plans"), &json!({"scim": true}))?;
    post(printed, &format!("/plans/{}/apply", text(&plan, "id")?), &json!({}))?;
    let token = post(printed, &format!("/connections/{id}/tokens"), &json!({"kind": "scim"}))?;
    text(&token, "token")
}

/// Makes a connection with these settings in the domain and organization of quickstart; its sign-in key.
pub(crate) fn sign_in_key(printed: &Printed, name: &str, settings: Value) -> Result<String, String> {
    let mut connection = json!({
        "name": name, "domains": ["acme.example"], "organizations": ["acme"], "default_organization": "acme",
    });
    if let (Value::Object(members), Value::Object(settings)) = (&mut connection, settings) {
        members.extend(settings);
    }
    let id = text(&post(printed, "/companies/acme/connections", &connection)?, "id")?;
    let token = post(printed, &format!("/connections/{id}/tokens"), &json!({"kind": "sign_in"}))?;
    text(&token, "token")
}

/// A text in an answer.
pub(crate) fn text(value: &Value, member: &str) -> Result<String, String> {
    let text = value.get(member).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("the answer has no `{member}`: {value}"))
}

/// Posts to the administration API, which must do it.
pub(crate) fn post(printed: &Printed, path: &str, body: &Value) -> Result<Value, String> {
    let prefix = printed.admin_url.strip_prefix(&printed.base_url).unwrap_or("/api/v1").trim_end_matches('/');
    let path = format!("/{}{path}", prefix.trim_start_matches('/'));
    match call(printed, &printed.admin_token, &path, body)? {
        (200..=299, answer) => Ok(answer),
        (status, answer) => Err(format!("POST {path} answers {status}: {answer}")),
    }
}

/// Posts to the server; status and body of the answer.
pub(crate) fn call(printed: &Printed, token: &str, path: &str, body: &Value) -> Result<(u16, Value), String> {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.0\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}",
        body.len()
    );
    exchange(printed, &head, &body)
}

/// What is open to all at a path.
pub(crate) fn get(printed: &Printed, path: &str) -> Result<Value, String> {
    match exchange(printed, &format!("GET {path} HTTP/1.0"), "")? {
        (200, answer) => Ok(answer),
        (status, answer) => Err(format!("GET {path} answers {status}: {answer}")),
    }
}

fn exchange(printed: &Printed, head: &str, body: &str) -> Result<(u16, Value), String> {
    let what = head.split(" HTTP").next().unwrap_or_default();
    let told = |error: std::io::Error| format!("{what}: {error}");
    let address = printed.base_url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).map_err(told)?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(told)?;
    let request = format!("{head}\r\nHost: {address}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).map_err(told)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(told)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("{what}: no HTTP answer"))?;
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| format!("{what}: no HTTP status"))?;
    Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}
