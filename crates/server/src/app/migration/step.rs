//! The steps of a migration from JIT to SCIM, in the order in which they are safe (provisioning-rules 2.20).

use rollcall_directory::Coverage;
use rollcall_policy::ConnectionPolicy;

/// The step that turns JIT off; those before it make it safe.
pub(super) const JIT_OFF: u8 = 7;

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is done.
    Done,
    /// It is not.
    ToDo,
    /// Only people can tell.
    LookYourself,
}

impl State {
    /// Its word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::ToDo => "to_do",
            Self::LookYourself => "look_yourself",
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// From 1 to 8.
    pub number: u8,
    /// What it is.
    pub title: &'static str,
    /// Where it stands.
    pub state: State,
    /// What was found, and what to do.
    pub text: String,
}

fn done(yes: bool) -> State {
    if yes { State::Done } else { State::ToDo }
}

pub(super) fn all(policy: &ConnectionPolicy, coverage: &Coverage, not_pushed: u64) -> Vec<Step> {
    let Coverage { linked, linked_inactive, not_linked, not_linked_inactive, groups, mapping_groups } = *coverage;
    let pushed = linked + linked_inactive + not_linked + not_linked_inactive;
    let step = |number, title, state, text| Step { number, title, state, text };
    let set_up = if !policy.scim {
        "SCIM is off: turn it on with a plan for {\"scim\": true}, and give the provider the base URL and a token."
            .to_owned()
    } else if pushed == 0 {
        "SCIM is on, and the provider has pushed nobody yet: test it with one user, then start the sync.".to_owned()
    } else {
        format!("SCIM is on; the provider has pushed {pushed} users.")
    };
    let groups_state = if policy.group_mapping { done(mapping_groups > 0) } else { State::LookYourself };
    let groups_text = match (policy.group_mapping, mapping_groups) {
        (true, 0) => {
            format!("Group mapping is on, and none of {groups} groups is named `organization:team`: push such groups.")
        }
        (true, _) => {
            format!("{mapping_groups} of {groups} groups are named `organization:team` and say who is in which team.")
        }
        (false, _) => format!(
            "Group mapping is off; the provider has pushed {groups} groups. To let groups make teams, plan {{\"group_mapping\": true}}. Set roles in the provider's attribute `role`."
        ),
    };
    let assigned = match not_pushed {
        0 => "Every member of the connection's domains has been pushed.".to_owned(),
        _ => format!("{not_pushed} members have not been pushed: assign them to the application, or remove them here."),
    };
    let linked_text = match not_linked {
        0 => format!("{linked} active users are linked to their accounts."),
        _ => format!("{linked} active users are linked, {not_linked} are not: each says why below."),
    };
    vec![
        step(1, "Set up and test SCIM", done(policy.scim && pushed > 0), set_up),
        step(2, "Compare addresses: those at the provider equal those here", State::LookYourself, "Accounts are linked by address alone; whoever has another one at the provider shows up below twice, as not pushed and as somebody new.".to_owned()),
        step(3, "Set groups and roles at the provider", groups_state, groups_text),
        step(4, "Assign everybody to the application", done(pushed > 0 && not_pushed == 0), assigned),
        step(5, "Sync, so that accounts are linked", done(linked > 0 && not_linked == 0), linked_text),
        step(6, "Compare with the export of members", State::LookYourself, "GET /api/v1/organizations/{name}/members.csv says in its last column whom the directory manages.".to_owned()),
        step(JIT_OFF, "Turn JIT off", done(!policy.jit), if policy.jit { "Plan {\"jit\": false}, read whom it would hit, and apply it.".to_owned() } else { "JIT is off.".to_owned() }),
        step(8, "Look after those who are left", done(!policy.jit && not_pushed == 0 && not_linked == 0), "Correct their address or attach their domain, else remove them and let the provider push them anew; never the only owner of an organization.".to_owned()),
    ]
}
