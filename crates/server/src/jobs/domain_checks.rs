//! Pending domains are looked up again by themselves (P/D-2).

use std::time::Duration;

use rollcall_directory::DirectoryError;

use crate::app::Doer;
use crate::app::domains::recheck::pass;
use crate::dns::Dns;
use crate::state::AppState;

/// How often the job looks whether something is due.
pub(super) const INTERVAL: Duration = Duration::from_secs(30);

/// Looks up what is due; what is verified by it holds on this instance at once.
pub(super) async fn look_up(state: &AppState) -> Result<(), DirectoryError> {
    let dns = Dns::new(&state.config.dns);
    let doer = Doer { actor: "job:domain_checks", ids: &state.ids, now: state.clock.now() };
    for verified in pass(&state.directory, &dns, doer).await?.verified {
        tracing::info!(domain = verified.domain.name, "a domain is verified");
        verified.connections.iter().for_each(|connection| state.authenticator.forget_connection(connection.id));
    }
    Ok(())
}
