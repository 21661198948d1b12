//! Races: what many clients at once may not break.

use std::future::Future;

use serde_json::{Value, json};

use crate::client::{Answer, Request};
use crate::isolation::expect;
use crate::report::Verdict;
use crate::suite::Bench;

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Sends all requests at once and waits for all answers, in the order of the requests.
async fn at_once(bench: &Bench<'_>, requests: Vec<Request>) -> Result<Vec<Answer>, String> {
    let mut running = Vec::with_capacity(requests.len());
    for request in requests {
        let client = bench.client.clone();
        running.push(tokio::spawn(async move { client.send(&request).await }));
    }
    let mut answers = Vec::with_capacity(running.len());
    for task in running {
        answers.push(task.await.map_err(|error| format!("a client task ended: {error}"))??);
    }
    Ok(answers)
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// Exactly one answer has `won`, all others have `lost`.
fn one_winner(answers: &[Answer], won: u16, lost: u16) -> Result<(), String> {
    if count(answers, won) == 1 && count(answers, lost) == answers.len() - 1 {
        return Ok(());
    }
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    Err(format!("expected one {won} and {} times {lost}, got {statuses:?}", answers.len() - 1))
}

async fn verdict(check: impl Future<Output = Result<(), String>>) -> Verdict {
    Verdict::from(check.await)
}

/// 64 clients create the same person.
pub async fn one_user_name(bench: &Bench<'_>) -> Verdict {
    let name = format!("race-{}@race.example", bench.tag);
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
    verdict(one_create(bench, "/Users", &user, &format!("userName eq \"{name}\""))).await
}

/// 64 clients create the same group.
pub async fn one_display_name(bench: &Bench<'_>) -> Verdict {
    let name = format!("Race {}", bench.tag);
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name});
    verdict(one_create(bench, "/Groups", &group, &format!("displayName eq \"{name}\""))).await
}

async fn one_create(bench: &Bench<'_>, path: &str, body: &Value, filter: &str) -> Result<(), String> {
    let requests = (0..64).map(|_| Request::new("POST", path, bench.token).json(body)).collect();
    let answers = at_once(bench, requests).await?;
    let result = one_winner(&answers, 201, 409);
    let found = bench.send(Request::new("GET", &format!("{path}?filter={filter}"), bench.token), 200).await?;
    let created = answers.iter().filter_map(|answer| answer.body().get("id").and_then(Value::as_str));
    let paths: Vec<String> = created.map(|id| format!("{path}/{id}")).collect();
    bench.delete(bench.token, &paths).await;
    result?;
    if found.body().get("totalResults") == Some(&json!(1)) {
        return Ok(());
    }
    Err(format!("expected one resource afterwards, got {}", found.summary()))
}

/// 64 clients change what they all read.
pub async fn one_version(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let id = bench.create_user(bench.token, &format!("version-{}", bench.tag)).await?;
        let path = format!("/Users/{id}");
        let read = bench.send(Request::new("GET", &path, bench.token), 200).await?;
        let version = read.header("etag").ok_or("the server sends no ETag")?.to_owned();
        let requests = (0..64).map(|index| {
            let operations = json!([{"op": "replace", "path": "title", "value": format!("writer {index}")}]);
            let body = json!({"schemas": [PATCH], "Operations": operations});
            Request::new("PATCH", &path, bench.token).header("if-match", &version).json(&body)
        });
        let answers = at_once(bench, requests.collect()).await?;
        let after = bench.send(Request::new("GET", &path, bench.token), 200).await?;
        bench.delete(bench.token, std::slice::from_ref(&path)).await;
        one_winner(&answers, 200, 412)?;
        let winner = answers.iter().find(|answer| answer.status == 200).map(Answer::body);
        match winner {
            Some(body) if body.get("title") != after.body().get("title") => {
                Err(format!("the winner wrote {body}, but {} is stored", after.body()))
            }
            _ => Ok(()),
        }
    })
    .await
}

/// 64 clients each set an attribute of their own, without naming a version.
pub async fn no_version(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let id = bench.create_user(bench.token, &format!("lost-{}", bench.tag)).await?;
        let path = format!("/Users/{id}");
        let requests = (0..64).map(|index| {
            let value = json!([{"value": format!("role-{index}")}]);
            let body = json!({"schemas": [PATCH], "Operations": [{"op": "add", "path": "roles", "value": value}]});
            Request::new("PATCH", &path, bench.token).json(&body)
        });
        let answers = at_once(bench, requests.collect()).await?;
        let after = bench.send(Request::new("GET", &path, bench.token), 200).await?;
        bench.delete(bench.token, std::slice::from_ref(&path)).await;
        let failed = answers.iter().find(|answer| answer.status != 200);
        failed.map_or(Ok(()), |answer| expect(answer, 200, "a concurrent PATCH"))?;
        let roles = after.body().get("roles").and_then(Value::as_array).map_or(0, Vec::len);
        if roles == 64 { Ok(()) } else { Err(format!("64 roles were added, {roles} are stored")) }
    })
    .await
}

async fn people(bench: &Bench<'_>, number: usize) -> Result<Vec<String>, String> {
    let user = |index: usize| {
        let name = format!("crowd-{}-{index}", bench.tag);
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
        Request::new("POST", "/Users", bench.token).json(&body)
    };
    let answers = at_once(bench, (0..number).map(user).collect()).await?;
    answers
        .iter()
        .map(|answer| expect(answer, 201, "POST /Users").and_then(|()| crate::isolation::id_of(answer)))
        .collect()
}

fn membership(bench: &Bench<'_>, group: &str, operation: &Value) -> Request {
    let body = json!({"schemas": [PATCH], "Operations": [operation]});
    Request::new("PATCH", &format!("/Groups/{group}"), bench.token).json(&body)
}

async fn member_ids(bench: &Bench<'_>, group: &str) -> Result<Vec<String>, String> {
    let answer = bench.send(Request::new("GET", &format!("/Groups/{group}"), bench.token), 200).await?;
    let members = answer.body().get("members").and_then(Value::as_array);
    let id = |member: &Value| member.get("value").and_then(Value::as_str).map(str::to_owned);
    Ok(members.into_iter().flatten().filter_map(id).collect())
}

/// 200 clients add one member each to the same group: none is lost.
pub async fn member_adds(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let people = people(bench, 200).await?;
        let group = bench.create_group(&format!("Crowd {}", bench.tag), &[]).await?;
        let add =
            |id: &String| membership(bench, &group, &json!({"op": "add", "path": "members", "value": [{"value": id}]}));
        let answers = at_once(bench, people.iter().map(add).collect()).await?;
        let members = member_ids(bench, &group).await?;
        let mut paths = vec![format!("/Groups/{group}")];
        paths.extend(people.iter().map(|id| format!("/Users/{id}")));
        bench.delete(bench.token, &paths).await;
        let failed = answers.iter().find(|answer| !matches!(answer.status, 200 | 204));
        failed.map_or(Ok(()), |answer| expect(answer, 200, "adding a member"))?;
        if members.len() == 200 { Ok(()) } else { Err(format!("200 members were added, {} are there", members.len())) }
    })
    .await
}

/// Half of the members leave while others arrive.
pub async fn member_mix(bench: &Bench<'_>) -> Verdict {
    verdict(async {
        let people = people(bench, 80).await?;
        let (leaving, arriving) = people.split_at(40);
        let group = bench.create_group(&format!("Mix {}", bench.tag), leaving).await?;
        let mut requests = Vec::new();
        for (gone, new) in leaving.iter().zip(arriving) {
            let path = format!("members[value eq \"{gone}\"]");
            requests.push(membership(bench, &group, &json!({"op": "remove", "path": path})));
            requests.push(membership(
                bench,
                &group,
                &json!({"op": "add", "path": "members", "value": [{"value": new}]}),
            ));
        }
        let answers = at_once(bench, requests).await?;
        let mut members = member_ids(bench, &group).await?;
        let mut paths = vec![format!("/Groups/{group}")];
        paths.extend(people.iter().map(|id| format!("/Users/{id}")));
        bench.delete(bench.token, &paths).await;
        let failed = answers.iter().find(|answer| !matches!(answer.status, 200 | 204));
        failed.map_or(Ok(()), |answer| expect(answer, 200, "changing members"))?;
        let mut expected = arriving.to_vec();
        members.sort_unstable();
        expected.sort_unstable();
        if members == expected {
            Ok(())
        } else {
            Err(format!("{} members are there, expected the 40 new ones", members.len()))
        }
    })
    .await
}
