//! One request to the public URL, as a client would send it: what it answers tells several checks something.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};

use super::Scene;
use crate::config::Network;
use crate::outbound::{Answer, Outbound};

/// What the public URL answers for `/healthz`, or why it does not; `None` where nobody is asked.
pub(super) async fn reach(scene: &Scene) -> Option<Result<Answer, String>> {
    let url = scene.config.public_url.as_ref().filter(|_| scene.network)?;
    // The operator asks for the operator's own server: it may be on this machine.
    let mut allowed = scene.config.outbound.clone();
    allowed.allow.extend([Network::LOOPBACK_V4, Network::LOOPBACK_V6]);
    allowed.allow_http = true;
    let answer = Outbound::new(&allowed).send(Method::GET, &url.join("/healthz"), HeaderMap::new(), Bytes::new()).await;
    Some(answer.map_err(|error| error.to_string()))
}
