//! How long a session lasts (SS-1 to SS-3, provisioning-rules section 4 row 38).

use serde::{Deserialize, Serialize};

use crate::{code::codes, draft::Draft, ids::CompanyId, rule::Rule, warning::WarningCode};

const MICROSECONDS_PER_MINUTE: i64 = 60_000_000;
const MINUTES_PER_DAY: i64 = 24 * 60;
const LONGEST_MINUTES: i64 = 90 * MINUTES_PER_DAY;
const DESKTOP_IDLE_SECONDS: u32 = 30 * 24 * 60 * 60;

codes! {
    /// What kind of session is asked for.
    #[derive(Default)]
    pub enum Client {
        /// A browser.
        #[default]
        Web = "web",
        /// A program on somebody's machine.
        Desktop = "desktop",
    }
}

/// The session to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPlan {
    /// For this company, or for the account alone (RC-3).
    pub company: Option<CompanyId>,
    /// Its end, in UTC microseconds.
    pub expires_at: i64,
    /// How many seconds without use end it earlier, if any do.
    pub idle_seconds: Option<u32>,
}

/// Plans the session: the asked-for minutes if they are any good, else the client's defaults.
pub(super) fn plan(
    now: i64,
    client: Client,
    asked: Option<&str>,
    company: Option<CompanyId>,
    draft: &mut Draft,
) -> SessionPlan {
    let (minutes, idle_seconds) = if let Some(minutes) = asked.and_then(|text| usable_minutes(text, draft)) {
        draft.trail.note(Rule::Ss2);
        (minutes, None)
    } else {
        draft.trail.note(Rule::Ss1);
        match client {
            Client::Web => (MINUTES_PER_DAY, None),
            Client::Desktop => (LONGEST_MINUTES, Some(DESKTOP_IDLE_SECONDS)),
        }
    };
    let expires_at = now.saturating_add(minutes * MICROSECONDS_PER_MINUTE);
    SessionPlan { company, expires_at, idle_seconds }
}

fn usable_minutes(text: &str, draft: &mut Draft) -> Option<i64> {
    let digits = text.trim();
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number holds are still a whole number: a very large one.
    let minutes = if whole { digits.parse().unwrap_or(i64::MAX) } else { 0 };
    if minutes == 0 {
        draft.trail.note(Rule::Ss3);
        draft.warn(WarningCode::SessionMinutesInvalid, text);
        return None;
    }
    if minutes > LONGEST_MINUTES {
        draft.trail.note(Rule::Ss3);
        draft.warn(WarningCode::SessionMinutesCapped, text);
    }
    Some(minutes.min(LONGEST_MINUTES))
}
