//! What every route may use. Cloned for each request, so it is one pointer.

use std::ops::Deref;
use std::sync::Arc;

use rollcall_directory::Directory;
use rollcall_scim::catalog::Catalog;

use crate::app::plans::InTheMaking;
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::config::{BaseUrl, Config};
use crate::ids::Ids;
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::outbound::Outbound;
use crate::sso::ProviderKeys;

/// The parts of a running server.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Parts>);

/// See [`AppState`].
#[derive(Debug)]
pub struct Parts {
    /// What is stored.
    pub directory: Directory,
    /// What the operator set.
    pub config: Config,
    /// What time it is.
    pub clock: Clock,
    /// Ids and secrets.
    pub ids: Ids,
    /// Resource types and schemas.
    pub catalog: Catalog,
    /// Figures.
    pub metrics: Metrics,
    /// What providers sent and were answered.
    pub journal: Journal,
    /// Who is calling.
    pub authenticator: Authenticator,
    /// Whose plans are being made by this instance.
    pub plans_in_the_making: InTheMaking,
    /// All outgoing requests.
    pub outbound: Outbound,
    /// Keys of OpenID providers.
    pub(crate) provider_keys: ProviderKeys,
    /// What URLs in answers begin with; `join("/scim/v2")` is SCIM's own base.
    pub base_url: BaseUrl,
    /// Seals cursors; the same on every instance (RFC 9865 §5).
    pub cursor_key: [u8; 32],
}

impl AppState {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
