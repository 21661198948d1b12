//! Members and invitees as rows of a table, for people who keep lists elsewhere (P4-42).

use rollcall_directory::{Account, SentInvitation};
use rollcall_scim::timestamp::to_rfc3339;

use super::Member;

/// What the columns are called: the documented ones, then origin, state and what the directory manages.
pub const HEADER: [&str; 10] =
    ["Name", "Username", "Email", "Type", "Role", "Teams", "Date Joined", "Origin", "State", "Managed by SCIM"];

/// Rows of members.
pub fn rows(members: &[Member]) -> Vec<[String; HEADER.len()]> {
    members.iter().map(row).collect()
}

fn row(member: &Member) -> [String; HEADER.len()] {
    let Account { full_name, username, email, .. } = &member.member.account;
    let view = &member.member.view;
    let teams: Vec<&str> = view.teams.iter().map(|(_, name)| name.as_str()).collect();
    [
        full_name.clone(),
        username.clone(),
        email.clone(),
        "User".to_owned(),
        view.membership.role.to_string(),
        teams.join(", "),
        to_rfc3339(view.membership.created_at),
        view.membership.origin.to_string(),
        view.membership.state.to_string(),
        if member.managed_by_scim { "yes" } else { "no" }.to_owned(),
    ]
}

/// The row of somebody who was invited and has not answered.
pub fn invitee(sent: &SentInvitation) -> [String; HEADER.len()] {
    let username = sent.username.clone().unwrap_or_default();
    let role = sent.invitation.role.unwrap_or_default().to_string();
    let [name, teams, joined] = [const { String::new() }; 3];
    let (email, state) = (sent.invitation.email.clone(), sent.invitation.state.code().to_owned());
    [name, username, email, "Invitee".to_owned(), role, teams, joined, "invitation".to_owned(), state, "no".to_owned()]
}
