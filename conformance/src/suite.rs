//! Runs everything, or what a pattern selects.

use crate::catalogue;
use crate::client::Client;
use crate::report::{Outcome, Report, Verdict};
use crate::session::Session;
use crate::target::{Mode, Target};
use crate::{bounds, concurrency, filters, isolation, paging, patches};

/// What a check in code is handed.
#[derive(Debug)]
pub struct Bench<'a> {
    /// The connection to the server.
    pub client: &'a Client,
    /// Token of the lenient connection.
    pub token: &'a str,
    /// A token that must not see what the first one created.
    pub stranger: Option<&'a str>,
    /// Digits that no other check of this run has.
    pub tag: String,
}

/// Picks checks by a text that stands in their group, title or ids.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `None` selects everything.
    pub pattern: Option<String>,
}

impl Selection {
    /// Whether a check is wanted.
    pub fn wants(&self, group: &str, title: &str, covers: &[String]) -> bool {
        self.pattern.as_deref().is_none_or(|pattern| {
            group.contains(pattern) || title.contains(pattern) || covers.iter().any(|id| id == pattern)
        })
    }
}

/// Runs the suite against a target. `Err` only where nothing could be asked at all.
pub async fn run(target: &Target, selection: &Selection, mut told: impl FnMut(&Outcome)) -> Result<Report, String> {
    let client = Client::new(&target.base)?;
    let mut report = Report::default();
    let mut keep = |outcome: Outcome| {
        told(&outcome);
        report.add(outcome);
    };
    let mut number = 0_u32;
    let mut next_tag = || {
        number += 1;
        format!("{}{number:03}", target.tag)
    };

    for (group, script) in catalogue::scripts()? {
        for mode in [Mode::Lenient, Mode::Strict] {
            if !script.modes.contains(&mode) || !selection.wants(&group, &script.title, &script.ids()) {
                continue;
            }
            let verdict = match Session::new(&client, target, mode, &next_tag()) {
                Ok(mut session) => Verdict::from(session.run(&script).await),
                Err(reason) => Verdict::Skipped(reason),
            };
            let (title, covers) = (script.title.clone(), script.ids());
            keep(Outcome { group: group.clone(), title, covers, mode, verdict });
        }
    }
    for mode in [Mode::Lenient, Mode::Strict] {
        for outcome in filters::run(&client, target, mode, selection, &next_tag()).await? {
            keep(outcome);
        }
        for outcome in patches::run(&client, target, mode, selection, &mut next_tag).await? {
            keep(outcome);
        }
    }

    macro_rules! in_code {
        ($group:literal, $covers:literal, $title:literal, $check:path) => {
            let covers: Vec<String> = $covers.split_whitespace().map(str::to_owned).collect();
            if selection.wants($group, $title, &covers) {
                let stranger = target.stranger(Mode::Lenient);
                let bench = Bench { client: &client, token: &target.token, stranger, tag: next_tag() };
                let verdict = $check(&bench).await;
                keep(Outcome {
                    group: $group.to_owned(),
                    title: $title.to_owned(),
                    covers,
                    mode: Mode::Lenient,
                    verdict,
                });
            }
        };
    }

    in_code!("bounds", "A-1", "bytes that are not UTF-8 are refused", bounds::invalid_utf8);
    in_code!("bounds", "A-9 I-14", "nesting is bounded", bounds::depth);
    in_code!("bounds", "A-9 I-14", "bodies are bounded, with or without a length", bounds::body_size);
    in_code!("bounds", "HE-10 H-14 B-3", "one bulk operation more than advertised is 413", bounds::bulk_operations);
    in_code!("bounds", "H-14", "a bulk body above the advertised size is 413", bounds::bulk_payload);
    in_code!("bounds", "B-3 F-9", "a page is never longer than filter.maxResults", bounds::page_size);
    in_code!("bounds", "D-10", "10,000 members go in and out in one request each", bounds::many_members);
    in_code!("paging", "F-12 F-7", "walking by startIndex meets everybody once", paging::by_index);
    in_code!("paging", "F-15 F-16 F-18 F-21", "walking by cursor meets everybody once", paging::by_cursor);
    in_code!("paging", "F-17 F-19", "a cursor belongs to its query", paging::cursor_binds_query);
    in_code!("paging", "F-24", "a cursor gives no rights to another caller", paging::cursor_of_a_stranger);
    in_code!("paging", "F-26 F-36", "cursors work in search bodies", paging::cursor_in_search);
    in_code!("isolation", "I-5 I-6", "a stranger meets the same 404 as for an unknown id", isolation::reads_and_writes);
    in_code!("isolation", "I-5 D-4", "a stranger's user cannot become a member", isolation::members);
    in_code!("isolation", "I-5 I-6", "a stranger may use the same userName", isolation::names);
    in_code!("concurrency", "A-74", "64 creates of one userName: one 201, the rest 409", concurrency::one_user_name);
    in_code!("concurrency", "A-39", "64 writers with one version: one 200, the rest 412", concurrency::one_version);
    in_code!("concurrency", "A-39", "200 members added at once are all there", concurrency::member_adds);
    in_code!("concurrency", "D-10", "members added and removed at once end as asked", concurrency::member_mix);
    in_code!("concurrency", "A-39", "writers without a version lose nothing", concurrency::no_version);
    in_code!("concurrency", "A-74", "64 creates of one displayName of a group: one 201", concurrency::one_display_name);
    Ok(report)
}
