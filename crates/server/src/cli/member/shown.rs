//! How a member reads.

use rollcall_directory::Organization;
use rollcall_policy::AccountId;
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use crate::app::Refusal;
use crate::app::members::{self, Member};
use crate::cli::beside::Beside;
use crate::cli::output::Output;
use crate::cli::{Failure, told};

pub(super) const COLUMNS: [&str; 6] = ["EMAIL", "ROLE", "STATE", "TEAMS", "FROM", "SCIM"];

/// As in the answers of the administration.
pub(super) fn line(member: &Member) -> Value {
    let (account, view) = (&member.member.account, &member.member.view);
    let teams: Vec<&str> = view.teams.iter().map(|(_, name)| name.as_str()).collect();
    let scim_ids: Vec<Value> =
        member.scim_ids.iter().map(|(connection, id)| json!({"connection": connection, "id": id})).collect();
    json!({
        "account": told::person(account),
        "role": view.membership.role,
        "teams": teams,
        "origin": view.membership.origin,
        "managed_by_scim": member.managed_by_scim,
        "state": view.membership.state,
        "suspended_by": view.membership.suspended_by,
        "scim_ids": scim_ids,
        "joined_at": to_rfc3339(view.membership.created_at),
    })
}

pub(super) fn cells(member: &Member) -> Vec<String> {
    let (account, view) = (&member.member.account, &member.member.view);
    let teams: Vec<&str> = view.teams.iter().map(|(_, name)| name.as_str()).collect();
    vec![
        account.email.clone(),
        view.membership.role.to_string(),
        view.membership.state.to_string(),
        teams.join(", "),
        view.membership.origin.to_string(),
        told::yes(member.managed_by_scim),
    ]
}

/// Says how somebody stands now; answers whether a directory manages them.
pub(super) async fn one(
    beside: &Beside,
    organization: &Organization,
    account: AccountId,
    output: &mut Output,
) -> Result<bool, Failure> {
    let found = members::one(&beside.directory.read(), organization, account).await?;
    let member = found.ok_or(Refusal::NotFound("member"))?;
    let membership = &member.member.view.membership;
    output.say(&line(&member), || {
        let (email, name) = (&member.member.account.email, &organization.name);
        format!("{email} is {} of {name}: {}.", membership.role, membership.state)
    });
    Ok(member.managed_by_scim)
}
