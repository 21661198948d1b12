//! Why somebody is not linked, and what to do about it (provisioning-rules 2.21).

use rollcall_directory::{PushedPerson, UncoveredMember};

use super::Governed;

/// A cause in words, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub text: String,
    /// What to do.
    pub what_to_do: String,
}

fn reason(code: &'static str, text: &str, what_to_do: &str) -> Reason {
    Reason { code, text: text.to_owned(), what_to_do: what_to_do.to_owned() }
}

/// Why the directory does not have a member.
pub fn of_member(member: &UncoveredMember, governed: &Governed) -> Reason {
    let mut reason = if !governed.has(member) {
        return reason(
            "guest",
            "The address is in none of the connection's verified domains, so the provider cannot speak for it.",
            "Nothing: they stay as they are. If the provider is to manage them, verify and attach their domain.",
        );
    } else if member.pushed_unlinked {
        reason(
            "not_linked",
            "The provider has pushed somebody with this address who is not linked to the account.",
            "Look for the address among those who are not linked, and do what stands there.",
        )
    } else if member.deleted {
        reason(
            "deleted_by_provider",
            "The provider had them and deleted them.",
            "Assign them to the application again, or remove them here.",
        )
    } else {
        reason(
            "not_pushed",
            "The provider has pushed nobody with this address.",
            "Assign them to the application, with exactly this address, or remove them here.",
        )
    };
    if member.only_owner {
        reason.what_to_do.push_str(" They are the only owner: make somebody else an owner before you remove them.");
    }
    reason
}

/// Why a pushed user stands for nobody.
pub fn of_pushed(person: &PushedPerson) -> Reason {
    match person.finding {
        // The sentence of a finding says the cause and what to do, parted by a semicolon.
        Some(finding) => {
            let (text, what_to_do) = finding.sentence().split_once("; ").unwrap_or((finding.sentence(), ""));
            let mut capital = what_to_do.chars();
            let what_to_do: String = capital.next().into_iter().flat_map(char::to_uppercase).chain(capital).collect();
            reason(finding.code(), &format!("{}.", text.trim_end_matches('.')), &what_to_do)
        }
        None if !person.active => reason(
            "inactive",
            "The provider pushed them as inactive, and they never were anybody here.",
            "Nothing, if they have left; otherwise assign them to the application again.",
        ),
        None => reason(
            "pushed_before",
            "They were pushed when the connection could not link them.",
            "Let the provider push them again (a full sync does).",
        ),
    }
}
