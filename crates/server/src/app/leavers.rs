//! Whom a directory has sent away (RC-4, RC-11, RC-13): no door lets them into an organization that it serves.

use std::collections::BTreeMap;

use rollcall_directory::{Account, Anchors, DirectoryError, Organization, Scope, Trace, TraceState, Unit};
use rollcall_policy::ConnectionId;
use rollcall_scim::fold::fold;

use super::pushed;

/// Whether a directory that serves the organization says inactive or deleted of this person, and none that still speaks
/// says active. The same question that a sign-in asks, for all connections of the organization at once.
pub(super) async fn is_sent_away(
    unit: &Unit,
    organization: &Organization,
    account: &Account,
) -> Result<bool, DirectoryError> {
    let serving = unit.connections_serving(organization.company, organization.id).await?;
    let mut traces = BTreeMap::new();
    for (connection, _) in &serving {
        let scope = Scope { company: organization.company, connection: *connection };
        let address = Some(account.email_folded.as_str());
        // Without e-mails `userName` is the address of a directory user (RC-6).
        let anchors = Anchors { address, user_name: address, external_id: None };
        let found = unit.traces(scope, &[account.id], anchors).await?;
        traces.extend(found.into_iter().map(|trace| (trace.id, trace)));
    }
    let serving: BTreeMap<ConnectionId, bool> = serving.into_iter().collect();
    let traces: Vec<Trace> = traces.into_values().filter(|trace| serving.contains_key(&trace.connection)).collect();
    let own = || traces.iter().filter(|trace| trace.account == Some(account.id));
    let speaks = |trace: &Trace| serving.get(&trace.connection).copied().unwrap_or(false);
    if own().any(is_gone) && !own().any(|trace| !is_gone(trace) && speaks(trace)) {
        return Ok(true);
    }
    let same_address = |trace: &Trace| address(trace).is_some_and(|address| address == account.email_folded);
    Ok(!own().any(|trace| !is_gone(trace)) && traces.iter().any(|trace| is_gone(trace) && same_address(trace)))
}

fn is_gone(trace: &Trace) -> bool {
    match trace.state {
        TraceState::Live { active, .. } => !active,
        TraceState::Deleted { .. } => true,
    }
}

fn address(trace: &Trace) -> Option<String> {
    match &trace.state {
        TraceState::Live { resource, .. } => pushed::address(resource).map(fold),
        TraceState::Deleted { address_folded, .. } => address_folded.clone(),
    }
}
