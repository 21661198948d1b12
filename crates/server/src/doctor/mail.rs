//! The mail server, or the directory that stands for it.

use super::{Finding, Scene};
use crate::config::Carrier;
use crate::mail::probe;

const CHECK: &str = "mail";

pub(super) async fn check(scene: &Scene) -> Vec<Finding> {
    let Some(mail) = &scene.config.mail else {
        let said = "no mail is sent: owners and invitees hear of nothing (`mail.smtp_url`, `mail.from`)";
        return vec![Finding::ok(CHECK, said)];
    };
    if !scene.network && matches!(mail.carrier, Carrier::Smtp { .. }) {
        return Vec::new();
    }
    let next = "mend it, or the `mail` keys of the configuration, and try `rollcall mail test --to ADDRESS`; letters wait \
                for three days";
    vec![match probe(mail).await {
        Ok(said) => Finding::ok(CHECK, said),
        Err(problem) => Finding::fault(CHECK, problem, next),
    }]
}
