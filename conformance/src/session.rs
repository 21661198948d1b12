//! Replays one script: fills variables, sends, compares, captures, and cleans up behind itself.

use serde_json::{Map, Value};

use crate::client::{Answer, Client, Request};
use crate::matching::difference;
use crate::script::{Caller, Echo, Script, Step};
use crate::target::{Mode, Target};
use crate::variables::Variables;

/// A token that no server gave to anybody.
const FORGED: &str = "rc_scim_0000000000_forgedforgedforgedforgedforged";

/// The state of one script while it runs.
#[derive(Debug)]
pub struct Session<'a> {
    client: &'a Client,
    token: &'a str,
    stranger: Option<&'a str>,
    /// Values that steps captured.
    pub variables: Variables,
    created: Vec<String>,
}

impl<'a> Session<'a> {
    /// A session for `mode`; `Err` says why the target cannot run it.
    pub fn new(client: &'a Client, target: &'a Target, mode: Mode, tag: &str) -> Result<Self, String> {
        let token = target.token(mode).ok_or_else(|| format!("no token of a {} connection was given", mode.name()))?;
        let variables = Variables::new(client.base(), tag);
        Ok(Self { client, token, stranger: target.stranger(mode), variables, created: Vec::new() })
    }

    /// Runs all steps and deletes what they created.
    pub async fn run(&mut self, script: &Script) -> Result<(), String> {
        let result = self.steps(&script.steps).await;
        self.clean_up().await;
        result
    }

    /// Runs steps one after another; the first difference ends it.
    pub async fn steps(&mut self, steps: &[Step]) -> Result<(), String> {
        for (index, step) in steps.iter().enumerate() {
            self.step(step).await.map_err(|reason| {
                let said = if step.say.is_empty() { String::new() } else { format!(" ({})", step.say) };
                format!("step {}{said}: {reason}", index + 1)
            })?;
        }
        Ok(())
    }

    /// Runs one step and hands back the answer.
    pub async fn step(&mut self, step: &Step) -> Result<Answer, String> {
        let request = self.request(step)?;
        let answer = self.client.send(&request).await?;
        self.remember(&request, &answer);
        self.judge(step, &request, &answer)
            .map_err(|reason| format!("{reason}\nsent {}\ngot  {}", shown(&request), answer.summary()))?;
        for (name, place) in &step.capture {
            let value = captured(&answer, place)
                .ok_or_else(|| format!("nothing at `{place}` to capture as `{name}`\ngot  {}", answer.summary()))?;
            self.variables.set(name, value);
        }
        Ok(answer)
    }

    /// Deletes the resources that this session created, the newest first. What is gone already is no matter.
    pub async fn clean_up(&mut self) {
        while let Some(path) = self.created.pop() {
            // A failing DELETE is what other checks are for.
            let _answer = self.client.send(&Request::new("DELETE", &path, self.token)).await;
        }
    }

    fn request(&self, step: &Step) -> Result<Request, String> {
        let (method, path) = step.send.split_once(' ').ok_or_else(|| format!("`{}` has no path", step.send))?;
        let mut request =
            Request { method: method.to_owned(), path: self.variables.fill_target(path)?, ..Request::default() };
        let body = match (&step.body, &step.raw, &step.echo) {
            (Some(body), _, _) => Some(self.variables.fill_json(body)?.to_string()),
            (_, Some(raw), _) => Some(self.variables.fill(raw)?),
            (_, _, Some(echo)) => Some(self.echoed(echo)?.to_string()),
            (None, None, None) => None,
        };
        let given = |name: &str| step.headers.keys().any(|field| field.eq_ignore_ascii_case(name));
        if !given("authorization")
            && let Some(token) = self.credentials(step.caller)?
        {
            request = request.header("authorization", &format!("Bearer {token}"));
        }
        if body.is_some() && !given("content-type") {
            request = request.header("content-type", "application/scim+json");
        }
        for (name, value) in &step.headers {
            let value = self.variables.fill(value)?.replace("{token}", self.token);
            if !value.is_empty() {
                request = request.header(name, &value);
            }
        }
        request.body = body.map(String::into_bytes);
        Ok(request)
    }

    fn credentials(&self, caller: Caller) -> Result<Option<&str>, String> {
        Ok(match caller {
            Caller::Own => Some(self.token),
            Caller::Nobody => None,
            Caller::Forged => Some(FORGED),
            Caller::Stranger => Some(self.stranger.ok_or("the step needs `--other-token` or `--strict-token`")?),
        })
    }

    fn echoed(&self, echo: &Echo) -> Result<Value, String> {
        let stored = self.variables.get(&echo.of).ok_or_else(|| format!("nothing was captured as `{}`", echo.of))?;
        let mut body = stored.clone();
        if let Some(with) = &echo.with {
            lay_over(&mut body, self.variables.fill_json(with)?);
        }
        if let Value::Object(members) = &mut body {
            for name in &echo.without {
                members.shift_remove(name);
            }
        }
        Ok(body)
    }

    fn judge(&self, step: &Step, request: &Request, answer: &Answer) -> Result<(), String> {
        if !step.status.allows(answer.status) {
            return Err(format!("expected {}, got {}", step.status.shown(), answer.status));
        }
        if request.method != "HEAD" {
            well_formed(answer)?;
        }
        if let Some(scim_type) = &step.error {
            let expected = if scim_type.is_empty() { "$absent" } else { scim_type };
            let found = difference(&Value::from(expected), answer.body().get("scimType"), "scimType");
            found.map_or(Ok(()), Err)?;
        }
        if let Some(expect) = &step.expect {
            let expected = self.variables.fill_json(expect)?;
            difference(&expected, answer.json.as_ref(), "").map_or(Ok(()), Err)?;
        }
        for (name, expected) in &step.answer {
            let expected = self.variables.fill(expected)?;
            header_matches(name, &expected, answer.header(&name.to_lowercase()))?;
        }
        if let Some(text) = &step.nowhere {
            let text = self.variables.fill(text)?;
            if answer.text.contains(&text) {
                return Err(format!("`{text}` must not stand in the answer"));
            }
        }
        Ok(())
    }

    fn remember(&mut self, request: &Request, answer: &Answer) {
        let base = self.client.base().to_owned();
        let mut note = |location: Option<&str>| {
            if let Some(path) = location.and_then(|location| location.strip_prefix(&base)) {
                self.created.push(path.to_owned());
            }
        };
        if request.method == "POST" && answer.status == 201 {
            note(answer.header("location").or_else(|| answer.body().pointer("/meta/location").and_then(Value::as_str)));
        }
        let operations = answer.body().get("Operations").and_then(Value::as_array);
        for entry in operations.into_iter().flatten() {
            if entry.get("status").and_then(Value::as_str) == Some("201") {
                note(entry.get("location").and_then(Value::as_str));
            }
        }
    }
}

/// What holds of every answer, whatever was asked.
fn well_formed(answer: &Answer) -> Result<(), String> {
    if answer.status >= 400 {
        let expected = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": answer.status.to_string(),
        });
        if let Some(found) = difference(&expected, answer.json.as_ref(), "") {
            return Err(format!("the error body is not RFC 7644 §3.12: {found}"));
        }
    }
    let content_type = answer.header("content-type").unwrap_or_default();
    if answer.text.is_empty()
        || content_type.starts_with("application/scim+json")
        || content_type.starts_with("application/json")
    {
        return Ok(());
    }
    Err(format!("the body has the content type `{content_type}`; expected application/scim+json"))
}

fn header_matches(name: &str, expected: &str, got: Option<&str>) -> Result<(), String> {
    let holds = match expected.strip_suffix('*') {
        Some(start) => got.is_some_and(|got| got.starts_with(start)),
        None => difference(&Value::from(expected), got.map(Value::from).as_ref(), name).is_none(),
    };
    if holds { Ok(()) } else { Err(format!("header `{name}` is {got:?}; expected `{expected}`")) }
}

fn captured(answer: &Answer, place: &str) -> Option<Value> {
    match place.strip_prefix("header:") {
        Some(name) => answer.header(name).map(Value::from),
        None => answer.body().pointer(place).cloned(),
    }
}

fn lay_over(body: &mut Value, with: Value) {
    match (body, with) {
        (Value::Object(members), Value::Object(others)) => {
            for (name, value) in others {
                lay_over(members.entry(name).or_insert(Value::Object(Map::new())), value);
            }
        }
        (body, with) => *body = with,
    }
}

fn shown(request: &Request) -> String {
    let body = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let body: String = body.chars().take(1000).collect();
    let path: String = request.path.chars().take(300).collect();
    format!("{} {path} {body}", request.method)
}
