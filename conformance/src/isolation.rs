//! Two tenants on one server see nothing of each other (RFC 7644 §6).

use serde_json::{Value, json};

use crate::client::{Answer, Request};
use crate::report::Verdict;
use crate::suite::Bench;

const NO_STRANGER: &str = "needs `--other-token` or `--strict-token`";

impl Bench<'_> {
    /// Creates a user and hands back its id.
    pub async fn create_user(&self, token: &str, name: &str) -> Result<String, String> {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
        self.create(token, "/Users", &body).await
    }

    /// Creates a group with members and hands back its id.
    pub async fn create_group(&self, name: &str, members: &[String]) -> Result<String, String> {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
        let body = json!({"schemas": schemas, "displayName": name, "members": members});
        self.create(self.token, "/Groups", &body).await
    }

    async fn create(&self, token: &str, path: &str, body: &Value) -> Result<String, String> {
        let answer = self.client.send(&Request::new("POST", path, token).json(body)).await?;
        expect(&answer, 201, &format!("POST {path}"))?;
        id_of(&answer)
    }

    /// Sends a request with the lenient token and checks the status.
    pub async fn send(&self, request: Request, status: u16) -> Result<Answer, String> {
        let answer = self.client.send(&request).await?;
        expect(&answer, status, &format!("{} {}", request.method, request.path))?;
        Ok(answer)
    }

    /// Deletes what a check made, 32 at a time. What is gone already is no matter.
    pub async fn delete(&self, token: &str, paths: &[String]) {
        for some in paths.chunks(32) {
            let mut running = Vec::with_capacity(some.len());
            for path in some {
                let (client, request) = (self.client.clone(), Request::new("DELETE", path, token));
                running.push(tokio::spawn(async move { client.send(&request).await }));
            }
            for task in running {
                // A failing DELETE is what other checks are for.
                let _answer = task.await;
            }
        }
    }
}

/// Checks a status.
pub fn expect(answer: &Answer, status: u16, what: &str) -> Result<(), String> {
    if answer.status == status { Ok(()) } else { Err(format!("{what}: expected {status}, got {}", answer.summary())) }
}

/// The id in a resource.
pub fn id_of(answer: &Answer) -> Result<String, String> {
    let id = answer.body().get("id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| format!("no id in {}", answer.summary()))
}

/// Every verb on a stranger's resource answers as for an id that never was.
pub async fn reads_and_writes(bench: &Bench<'_>) -> Verdict {
    let Some(stranger) = bench.stranger else { return Verdict::Skipped(NO_STRANGER.to_owned()) };
    let check = async {
        let id = bench.create_user(bench.token, &format!("mine-{}", bench.tag)).await?;
        let unknown = "00000000-0000-7000-8000-000000000000";
        let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "title", "value": "x"}]});
        let put = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "x"});
        for (method, body) in [("GET", None), ("PATCH", Some(&patch)), ("PUT", Some(&put)), ("DELETE", None)] {
            let mut texts = Vec::new();
            for wanted in [id.as_str(), unknown] {
                let mut request = Request::new(method, &format!("/Users/{wanted}"), stranger);
                if let Some(body) = body {
                    request = request.json(body);
                }
                let answer = bench.client.send(&request).await?;
                expect(&answer, 404, &format!("a stranger's {method}"))?;
                texts.push(answer.text.replace(wanted, "ID"));
            }
            if texts.first() != texts.last() {
                return Err(format!("{method} tells a foreign id from an unknown one: {texts:?}"));
            }
        }
        for filter in [format!("id eq \"{id}\""), format!("userName eq \"mine-{}\"", bench.tag)] {
            let answer = bench.client.send(&Request::new("GET", &format!("/Users?filter={filter}"), stranger)).await?;
            if answer.body().get("totalResults") != Some(&json!(0)) {
                return Err(format!("a stranger finds it by `{filter}`: {}", answer.summary()));
            }
        }
        bench.send(Request::new("GET", &format!("/Users/{id}"), bench.token), 200).await?;
        bench.delete(bench.token, &[format!("/Users/{id}")]).await;
        Ok(())
    };
    Verdict::from(check.await)
}

/// A member must exist for the caller.
pub async fn members(bench: &Bench<'_>) -> Verdict {
    let Some(stranger) = bench.stranger else { return Verdict::Skipped(NO_STRANGER.to_owned()) };
    let check = async {
        let theirs = bench.create_user(stranger, &format!("theirs-{}", bench.tag)).await?;
        let group = bench.create_group(&format!("Crew {}", bench.tag), &[]).await?;
        let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": theirs}]}]});
        let result =
            bench.send(Request::new("PATCH", &format!("/Groups/{group}"), bench.token).json(&patch), 400).await;
        bench.delete(stranger, &[format!("/Users/{theirs}")]).await;
        bench.delete(bench.token, &[format!("/Groups/{group}")]).await;
        result.map(|_answer| ())
    };
    Verdict::from(check.await)
}

/// Uniqueness ends at the tenant.
pub async fn names(bench: &Bench<'_>) -> Verdict {
    let Some(stranger) = bench.stranger else { return Verdict::Skipped(NO_STRANGER.to_owned()) };
    let check = async {
        let name = format!("both-{}", bench.tag);
        let mine = bench.create_user(bench.token, &name).await?;
        let theirs = bench.create_user(stranger, &name).await?;
        bench.delete(bench.token, &[format!("/Users/{mine}")]).await;
        let still = bench.client.send(&Request::new("GET", &format!("/Users/{theirs}"), stranger)).await?;
        bench.delete(stranger, &[format!("/Users/{theirs}")]).await;
        expect(&still, 200, "the other tenant's user after deleting ours")
    };
    Verdict::from(check.await)
}
