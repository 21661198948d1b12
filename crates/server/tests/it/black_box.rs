//! The black-box suite of `conformance/` against this server, on both databases: lenient and strict connection, and
//! another company. Nothing may fail and nothing may be skipped.

use rollcall_conformance::suite::{self, Selection};
use rollcall_conformance::target::Target;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::clock::Clock;
use serde_json::json;

use crate::site::Site;

on_each_database! { nothing_fails_and_nothing_is_skipped }

async fn nothing_fails_and_nothing_is_skipped(directory: &TestDirectory) {
    let site = Site::start_at(directory, Clock::system()).await;
    let lenient = site.acme().await;
    let strict = site.second_door(&lenient, |record| drop(record.details.insert("strict".into(), json!(true)))).await;
    let other = site.company("globex", 0x60).await;
    let target = Target {
        base: site.client.base().to_owned(),
        token: lenient.scim,
        strict_token: Some(strict.scim),
        other_token: Some(other.scim),
        tag: "42".to_owned(),
    };
    let report = suite::run(&target, &Selection::default(), |_| {}).await.unwrap();
    let mut text = Vec::new();
    report.write(&mut text, false).unwrap();
    let (passed, failed, skipped) = report.counts();
    assert!(failed == 0 && skipped == 0 && passed > 200, "{}", String::from_utf8(text).unwrap());
}
