//! Sizes: what is too deep, too long or too much is refused, and what is advertised is accepted (RFC 7644 §3.7.4, A-9, I-14).

use std::future::Future;

use serde_json::{Value, json};

use crate::client::Request;
use crate::isolation::expect;
use crate::report::Verdict;
use crate::suite::Bench;

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

async fn verdict(check: impl Future<Output = Result<(), String>>) -> Verdict {
    Verdict::from(check.await)
}

fn raw(bench: &Bench<'_>, path: &str, body: Vec<u8>) -> Request {
    let mut request = Request::new("POST", path, bench.token).header("content-type", "application/scim+json");
    request.body = Some(body);
    request
}

async fn advertised(bench: &Bench<'_>, pointer: &str) -> Result<u64, String> {
    let config = bench.send(Request::new("GET", "/ServiceProviderConfig", bench.token), 200).await?;
    config
        .body()
        .pointer(pointer)
        .and_then(Value::as_u64)
        .ok_or_else(|| format!("no number at {pointer} in {}", config.summary()))
}

/// A-1: JSON is UTF-8.
pub async fn invalid_utf8(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let mut body = format!(r#"{{"schemas":["{USER}"],"userName":"utf-{}"#, bench.tag).into_bytes();
        body.extend([0xff, 0xfe]);
        body.extend(br#""}"#);
        let answer = bench.send(raw(bench, "/Users", body), 400).await?;
        match answer.body().get("scimType").and_then(Value::as_str) {
            Some("invalidSyntax") => Ok(()),
            other => Err(format!("expected scimType invalidSyntax, got {other:?}")),
        }
    })
    .await
}

/// A-9: deep nesting neither crashes nor passes.
pub async fn depth(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let deep = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
            let body = format!(r#"{{"schemas":["{USER}"],"userName":"deep-{}","x":{deep}}}"#, bench.tag);
            let answer = bench.client.send(&raw(bench, "/Users", body.into_bytes())).await?;
            if !matches!(answer.status, 400 | 413) {
                return Err(format!("20,000 levels of `{open}`: expected 400 or 413, got {}", answer.summary()));
            }
        }
        bench.send(Request::new("GET", "/Users?count=1", bench.token), 200).await.map(|_answer| ())
    })
    .await
}

/// A-9: a body over the limit is 413. The limit is no smaller than what bulk advertises.
pub async fn body_size(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let limit = advertised(bench, "/bulk/maxPayloadSize").await.unwrap_or_default().max(1 << 20);
        let size = usize::try_from(limit).map_err(|error| error.to_string())?.saturating_mul(2).min(64 << 20);
        let mut body = format!(r#"{{"schemas":["{USER}"],"userName":"big-{}","displayName":""#, bench.tag).into_bytes();
        body.resize(size, b'x');
        body.extend(br#""}"#);
        // A server may answer and close before it has read everything.
        match bench.client.send(&raw(bench, "/Users", body)).await {
            Ok(answer) => expect(&answer, 413, &format!("a body of {size} bytes")),
            Err(_closed) => Ok(()),
        }
    })
    .await
}

fn creates(bench: &Bench<'_>, number: u64) -> Value {
    let operation = |index: u64| {
        let data = json!({"schemas": [USER], "userName": format!("bulk-{}-{index}", bench.tag)});
        json!({"method": "POST", "path": "/Users", "bulkId": format!("u{index}"), "data": data})
    };
    json!({"schemas": [BULK], "Operations": (0..number).map(operation).collect::<Vec<_>>()})
}

/// HE-10: nothing of a job that is too long is done.
pub async fn bulk_operations(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let most = advertised(bench, "/bulk/maxOperations").await?;
        let answer =
            bench.send(Request::new("POST", "/Bulk", bench.token).json(&creates(bench, most + 1)), 413).await?;
        let detail = answer.body().get("detail").and_then(Value::as_str).unwrap_or_default();
        if !detail.contains(&most.to_string()) {
            return Err(format!("the detail names no limit of {most}: {detail}"));
        }
        let filter = format!("userName eq \"bulk-{}-0\"", bench.tag);
        let found = bench.send(Request::new("GET", &format!("/Users?filter={filter}"), bench.token), 200).await?;
        if found.body().get("totalResults") != Some(&json!(0)) {
            return Err("operations of the refused job were executed".to_owned());
        }
        Ok(())
    })
    .await
}

/// H-14: the size counts as received.
pub async fn bulk_payload(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let most = advertised(bench, "/bulk/maxPayloadSize").await?;
        let length = usize::try_from(most).map_err(|error| error.to_string())?;
        let mut job = creates(bench, 1).to_string().into_bytes();
        job.resize(length + 1, b' ');
        let answer = bench.send(raw(bench, "/Bulk", job), 413).await?;
        let detail = answer.body().get("detail").and_then(Value::as_str).unwrap_or_default();
        if detail.contains(&most.to_string()) {
            Ok(())
        } else {
            Err(format!("the detail names no limit of {most}: {detail}"))
        }
    })
    .await
}

/// F-9: `count` is clamped.
pub async fn page_size(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let most = advertised(bench, "/filter/maxResults").await?;
        let answer =
            bench.send(Request::new("GET", &format!("/Users?count={}", most + 1000), bench.token), 200).await?;
        let length = answer.body().get("Resources").and_then(Value::as_array).map_or(0, Vec::len) as u64;
        if length <= most {
            Ok(())
        } else {
            Err(format!("a page has {length} resources; at most {most} are advertised"))
        }
    })
    .await
}

/// D-10: large memberships need no PUT.
pub async fn many_members(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let batch = advertised(bench, "/bulk/maxOperations").await.unwrap_or(100).clamp(1, 500);
        let mut ids: Vec<String> = Vec::new();
        let mut made = 0_u64;
        while made < 10_000 {
            let operations: Vec<Value> = (made..(made + batch).min(10_000))
                .map(|index| {
                    let data = json!({"schemas": [USER], "userName": format!("many-{}-{index}", bench.tag)});
                    json!({"method": "POST", "path": "/Users", "bulkId": format!("m{index}"), "data": data})
                })
                .collect();
            let job = json!({"schemas": [BULK], "Operations": operations});
            let answer = bench.send(Request::new("POST", "/Bulk", bench.token).json(&job), 200).await?;
            let entries = answer.body().get("Operations").and_then(Value::as_array).cloned().unwrap_or_default();
            let id = |entry: &Value| entry.get("location")?.as_str()?.rsplit('/').next().map(str::to_owned);
            ids.extend(entries.iter().filter(|entry| entry.get("status") == Some(&json!("201"))).filter_map(id));
            made += batch;
        }
        let result = in_and_out(bench, &ids).await;
        let paths: Vec<String> = ids.iter().map(|id| format!("/Users/{id}")).collect();
        bench.delete(bench.token, &paths).await;
        result
    })
    .await
}

async fn in_and_out(bench: &Bench<'_>, ids: &[String]) -> Result<(), String> {
    if ids.len() != 10_000 {
        return Err(format!("only {} of 10,000 users were created by bulk", ids.len()));
    }
    let group = bench.create_group(&format!("Many {}", bench.tag), &[]).await?;
    let path = format!("/Groups/{group}");
    let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    for (operation, left) in [("add", 10_000), ("remove", 0)] {
        let value = json!([{"op": operation, "path": "members", "value": members}]);
        let body = json!({"schemas": [PATCH], "Operations": value});
        let answer = bench.client.send(&Request::new("PATCH", &path, bench.token).json(&body)).await?;
        if !matches!(answer.status, 200 | 204) {
            return Err(format!("{operation} of 10,000 members: {}", answer.summary()));
        }
        let read = bench.send(Request::new("GET", &path, bench.token), 200).await?;
        let there = read.body().get("members").and_then(Value::as_array).map_or(0, Vec::len);
        if there != left {
            return Err(format!("after {operation} {there} members are there, expected {left}"));
        }
    }
    bench.delete(bench.token, &[path]).await;
    Ok(())
}
