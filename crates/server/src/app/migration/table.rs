//! The report as a table: one line for everybody, those first who need something.

use rollcall_directory::{PushedPerson, UncoveredMember};

use super::{Governed, Reason, of_member, of_pushed};

/// What the columns are called.
pub const HEADER: [&str; 9] = [
    "State",
    "Email",
    "User name at the provider",
    "External id",
    "Active",
    "Organization",
    "Role",
    "Reason",
    "What to do",
];

/// The cells of a member whom the directory does not have.
pub fn member(member: &UncoveredMember, governed: &Governed) -> [String; HEADER.len()] {
    let Reason { code, text, what_to_do } = of_member(member, governed);
    let state = if code == "guest" { "guest" } else { "not pushed" };
    let (email, organization) = (member.email.clone(), member.organization_name.clone());
    let [user_name, external_id] = [const { String::new() }; 2];
    [
        state.to_owned(),
        email,
        user_name,
        external_id,
        "yes".to_owned(),
        organization,
        member.role.to_string(),
        text,
        what_to_do,
    ]
}

/// The cells of a pushed user.
pub fn pushed(person: &PushedPerson) -> [String; HEADER.len()] {
    let (state, email, reason) = match &person.account {
        Some((_, email, _)) => ("linked", email.clone(), None),
        None => ("not linked", String::new(), Some(of_pushed(person))),
    };
    let (text, what_to_do) = reason.map(|reason| (reason.text, reason.what_to_do)).unwrap_or_default();
    let external_id = person.external_id.clone().unwrap_or_default();
    let active = if person.active { "yes" } else { "no" };
    let [organization, role] = [const { String::new() }; 2];
    [
        state.to_owned(),
        email,
        person.user_name.clone(),
        external_id,
        active.to_owned(),
        organization,
        role,
        text,
        what_to_do,
    ]
}
