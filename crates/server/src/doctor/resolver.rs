//! The name server that is asked for the records of domains.

use reqwest::Url;

use super::{Finding, Scene};
use crate::dns::{Answer, Dns};

const CHECK: &str = "resolver";
/// A name that is always there (RFC 2606), where there is none of our own.
const SOME_NAME: &str = "example.com";

pub(super) async fn check(scene: &Scene) -> Vec<Finding> {
    let url = scene.config.public_url.as_ref().and_then(|url| Url::parse(url.as_str()).ok());
    let host = url.as_ref().and_then(Url::domain).filter(|host| host.contains('.')).unwrap_or(SOME_NAME);
    let looked_up = Dns::new(&scene.config.dns).txt(host).await;
    let server = &looked_up.server;
    let next = "name another one with `dns.server`, or let this machine reach it; until then domains are verified by your \
                word only: `rollcall domain trust`";
    vec![match looked_up.answer {
        Answer::Records(_) | Answer::NoSuchName => Finding::ok(CHECK, format!("{server} answers")),
        Answer::Failure(code) => Finding::fault(CHECK, format!("{server} answers {code} for {host}"), next),
        Answer::Silence(_) => Finding::fault(CHECK, format!("{server} does not answer"), next),
        Answer::Unreachable(problem) => Finding::fault(CHECK, format!("{server} cannot be asked: {problem}"), next),
    }]
}
