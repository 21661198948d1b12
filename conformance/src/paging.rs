//! Walking long lists by index (RFC 7644 §3.4.2.4) and by cursor (RFC 9865).

use std::future::Future;

use serde_json::{Value, json};

use crate::client::{Answer, Request};
use crate::report::Verdict;
use crate::suite::Bench;
use crate::variables::encode_component;

const PEOPLE: usize = 23;
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// Creates a crowd whose titles repeat, runs `check` with the filter that finds it, and deletes it.
async fn with_crowd<F>(bench: &Bench<'_>, check: impl FnOnce(String) -> F) -> Verdict
where
    F: Future<Output = Result<(), String>>,
{
    let mut paths = Vec::new();
    let mut result = Ok(());
    for index in 0..PEOPLE {
        let title = format!("T{}", index % 3);
        let body = json!({"schemas": [USER], "userName": format!("page-{}-{index}", bench.tag), "title": title});
        match bench.send(Request::new("POST", "/Users", bench.token).json(&body), 201).await {
            Ok(answer) => paths.extend(crate::isolation::id_of(&answer).map(|id| format!("/Users/{id}"))),
            Err(reason) => result = Err(reason),
        }
    }
    if result.is_ok() {
        result = check(format!("userName sw \"page-{}-\"", bench.tag)).await;
    }
    bench.delete(bench.token, &paths).await;
    Verdict::from(result)
}

fn names(answer: &Answer) -> Vec<String> {
    let resources = answer.body().get("Resources").and_then(Value::as_array);
    let name = |resource: &Value| resource.get("userName").and_then(Value::as_str).map(str::to_owned);
    resources.into_iter().flatten().filter_map(name).collect()
}

fn titles_ascend(answer: &[Value]) -> bool {
    let titles: Vec<&str> =
        answer.iter().filter_map(|resource| resource.get("title").and_then(Value::as_str)).collect();
    titles.is_sorted()
}

fn everybody_once(mut met: Vec<String>) -> Result<(), String> {
    let total = met.len();
    met.sort_unstable();
    met.dedup();
    if total == PEOPLE && met.len() == PEOPLE {
        return Ok(());
    }
    Err(format!("{PEOPLE} people exist; the walk met {total}, {} of them different", met.len()))
}

async fn get(bench: &Bench<'_>, query: &str) -> Result<Answer, String> {
    bench.send(Request::new("GET", &format!("/Users?{query}"), bench.token), 200).await
}

fn next_cursor(answer: &Answer) -> Option<String> {
    answer.body().get("nextCursor").and_then(Value::as_str).map(str::to_owned)
}

/// F-12, with and without a sort that has ties (F-7).
pub async fn by_index(bench: &Bench<'_>) -> Verdict {
    with_crowd(bench, |filter| async move {
        for sort in ["", "&sortBy=title", "&sortBy=title&sortOrder=descending", "&sortBy=nickName"] {
            let mut met = Vec::new();
            for start in (1..).step_by(5).take(5) {
                let page = get(bench, &format!("filter={filter}&startIndex={start}&count=5{sort}")).await?;
                met.extend(names(&page));
            }
            everybody_once(met).map_err(|reason| format!("with `{sort}`: {reason}"))?;
        }
        let beyond = get(bench, &format!("filter={filter}&startIndex=1000&count=5")).await?;
        if names(&beyond).is_empty() && beyond.body().get("totalResults") == Some(&json!(PEOPLE)) {
            return Ok(());
        }
        Err(format!("past the end (F-11): {}", beyond.summary()))
    })
    .await
}

/// F-15, F-16, F-18, F-21.
pub async fn by_cursor(bench: &Bench<'_>) -> Verdict {
    with_crowd(bench, |filter| async move {
        for sort in ["", "&sortBy=title"] {
            let (mut met, mut seen) = (Vec::new(), Vec::new());
            let mut cursor = String::new();
            loop {
                let query = format!("filter={filter}&count=5{sort}&cursor={}", encode_component(&cursor));
                let page = get(bench, &query).await?;
                if page.body().get("startIndex").is_some() {
                    return Err(format!("startIndex under cursor paging: {}", page.summary()));
                }
                met.extend(names(&page));
                seen.extend(page.body().get("Resources").and_then(Value::as_array).cloned().unwrap_or_default());
                let Some(next) = next_cursor(&page) else { break };
                if next.is_empty() || next != encode_component(&next) {
                    return Err(format!("the cursor `{next}` needs escaping in a URL (F-16)"));
                }
                cursor = next;
            }
            everybody_once(met).map_err(|reason| format!("with `{sort}`: {reason}"))?;
            if !sort.is_empty() && !titles_ascend(&seen) {
                return Err("the cursor lost the order (F-21)".to_owned());
            }
        }
        Ok(())
    })
    .await
}

async fn refused(bench: &Bench<'_>, query: &str, scim_type: &str) -> Result<(), String> {
    let answer = bench.send(Request::new("GET", &format!("/Users?{query}"), bench.token), 400).await?;
    if answer.body().get("scimType").and_then(Value::as_str) == Some(scim_type) {
        return Ok(());
    }
    Err(format!("`{query}`: expected {scim_type}, got {}", answer.summary()))
}

/// F-17, F-19: a cursor is good for the query it came from.
pub async fn cursor_binds_query(bench: &Bench<'_>) -> Verdict {
    with_crowd(bench, |filter| async move {
        let first = get(bench, &format!("filter={filter}&count=5&cursor")).await?;
        let cursor = next_cursor(&first).ok_or_else(|| format!("no nextCursor in {}", first.summary()))?;
        refused(bench, &format!("filter=active pr&count=5&cursor={cursor}"), "invalidCursor").await?;
        refused(bench, &format!("filter={filter}&count=5&sortBy=title&cursor={cursor}"), "invalidCursor").await?;
        refused(bench, &format!("filter={filter}&count=5&attributes=title&cursor={cursor}"), "invalidCursor").await?;
        refused(bench, &format!("filter={filter}&count=6&cursor={cursor}"), "invalidCount").await?;
        refused(bench, &format!("filter={filter}&count=5&cursor=forged"), "invalidCursor").await?;
        let mut bent = cursor.clone();
        // The last character may carry unused bits, so the first one is bent.
        let first_letter = if bent.starts_with('A') { "B" } else { "A" };
        bent.replace_range(..1, first_letter);
        refused(bench, &format!("filter={filter}&count=5&cursor={bent}"), "invalidCursor").await?;
        let again = get(bench, &format!("filter={filter}&count=5&cursor={cursor}")).await?;
        if names(&again).len() == 5 { Ok(()) } else { Err(format!("the cursor itself: {}", again.summary())) }
    })
    .await
}

/// F-24: the error reads like that for a cursor that never was.
pub async fn cursor_of_a_stranger(bench: &Bench<'_>) -> Verdict {
    let Some(stranger) = bench.stranger else {
        return Verdict::Skipped("needs `--other-token` or `--strict-token`".to_owned());
    };
    with_crowd(bench, |filter| async move {
        let first = get(bench, &format!("filter={filter}&count=5&cursor")).await?;
        let cursor = next_cursor(&first).ok_or_else(|| format!("no nextCursor in {}", first.summary()))?;
        let mut texts = Vec::new();
        for wanted in [cursor.as_str(), "forged"] {
            let path = format!("/Users?filter={filter}&count=5&cursor={wanted}");
            let answer = bench.send(Request::new("GET", &path, stranger), 400).await?;
            texts.push(answer.text);
        }
        if texts.first() == texts.last() { Ok(()) } else { Err(format!("the errors differ: {texts:?}")) }
    })
    .await
}

/// F-26, F-36: `.search` pages like GET.
pub async fn cursor_in_search(bench: &Bench<'_>) -> Verdict {
    with_crowd(bench, |filter| async move {
        let mut met = Vec::new();
        let mut cursor = String::new();
        loop {
            let body = json!({"schemas": [SEARCH], "filter": filter, "count": 7, "cursor": cursor});
            let page = bench.send(Request::new("POST", "/Users/.search", bench.token).json(&body), 200).await?;
            met.extend(names(&page));
            let Some(next) = next_cursor(&page) else { break };
            cursor = next;
        }
        everybody_once(met)
    })
    .await
}
