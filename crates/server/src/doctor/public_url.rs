//! The public URL: what clients are told, and whether this Rollcall answers there.

use std::net::IpAddr;

use axum::http::StatusCode;
use reqwest::Url;
use rollcall_directory::Directory;

use super::{Finding, Scene};
use crate::config::Transport;
use crate::health::{INSTALLATION, installation};
use crate::outbound::Answer;

const CHECK: &str = "public_url";

pub(super) async fn check(
    scene: &Scene,
    reached: Option<&Result<Answer, String>>,
    directory: Option<&Directory>,
) -> Vec<Finding> {
    let Some(url) = &scene.config.public_url else { return vec![unnamed(scene)] };
    let parsed = Url::parse(url.as_str()).ok();
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    let mut found = Vec::new();
    if !url.is_https() && !is_loopback(host) {
        let next = "end TLS in a proxy in front or with --tls-cert and --tls-key, and name the https:// URL";
        found.push(Finding::fault(
            CHECK,
            format!("{url} is not https: tokens and people's data travel in the clear"),
            next,
        ));
    }
    match reached {
        None => {}
        Some(Err(problem)) => {
            let next = "see that the server runs, that the name resolves, and that proxy and firewall let requests through; \
                        if only this machine cannot reach it, that is fine";
            found.push(Finding::warning(CHECK, format!("{url} cannot be reached from here: {problem}"), next));
        }
        Some(Ok(answer)) => found.extend(whose(url.as_str(), answer, directory).await),
    }
    if found.is_empty() {
        let reached = if reached.is_some() { ", and this Rollcall answers there" } else { "" };
        found.push(Finding::ok(CHECK, format!("clients use {url}{reached}")));
    }
    found
}

/// Without one, links begin with the listening address.
fn unnamed(scene: &Scene) -> Finding {
    let listen = scene.config.listen;
    if listen.ip().is_loopback() && scene.config.transport == Transport::Plain {
        return Finding::ok(CHECK, format!("none is set: clients on this machine use http://{listen}"));
    }
    let next = "set --public-url or `public_url` to what clients use, such as https://rollcall.example";
    Finding::fault(CHECK, format!("none is set, so links begin with the listening address {listen}"), next)
}

fn is_loopback(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || literal.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether it is this installation that answers: all servers on one database say the same.
async fn whose(url: &str, answer: &Answer, directory: Option<&Directory>) -> Option<Finding> {
    let next = "point the URL, or the proxy in front, to this server";
    let theirs = answer.headers.get(INSTALLATION).and_then(|value| value.to_str().ok());
    let Some(theirs) = theirs.filter(|_| answer.status == StatusCode::OK) else {
        let said = format!("something else than Rollcall answers at {url} (status {})", answer.status.as_u16());
        return Some(Finding::fault(CHECK, said, next));
    };
    let key = directory?.read().setting("cursor_key").await.ok().flatten()?;
    let other = || Finding::fault(CHECK, format!("another Rollcall answers at {url}"), next);
    (installation(&key) != theirs).then(other)
}
