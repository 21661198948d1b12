//! A decision as people read it.

use std::fmt::Write as _;

use rollcall_directory::{Account, StoredDecision};
use rollcall_policy::{Effect, SignInDecision};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

/// A sign-in that was only asked about.
pub(super) fn would_be(connection: &str, account: Option<&Account>, decision: &SignInDecision) -> String {
    let who = account.map_or_else(|| "nobody yet".to_owned(), |account| format!("{} ({})", account.email, account.id));
    let mut text = headline(decision);
    let _ = writeln!(text, "  connection  {connection}\n  account     {who}");
    text.push_str(&body(decision, "would be done"));
    text
}

/// A decision that was made.
pub(super) fn was(stored: &StoredDecision, decision: &SignInDecision) -> String {
    let who = stored.account.map_or_else(|| "nobody".to_owned(), |account| account.to_string());
    let mut text = headline(decision);
    let _ = writeln!(
        text,
        "  decided     {} by version {} of the rules\n  connection  {}\n  account     {who}",
        to_rfc3339(stored.at),
        decision.version,
        stored.connection
    );
    text.push_str(&body(decision, "was done"));
    text
}

/// The same for programs, with what it was decided by.
pub(super) fn stored_line(stored: &StoredDecision, decision: &SignInDecision) -> Value {
    let recorded: Value = serde_json::from_str(&stored.facts).unwrap_or_default();
    json!({
        "id": stored.id,
        "at": to_rfc3339(stored.at),
        "connection": stored.connection,
        "account": stored.account,
        "decision": decision.outcome,
        "reason": decision.reason,
        "message": decision.message,
        "memberships": decision.memberships,
        "effects": decision.effects,
        "warnings": decision.warnings,
        "trail": decision.trail,
        "version": decision.version,
        "policy": recorded.get("policy"),
        "facts": recorded.get("facts"),
    })
}

fn headline(decision: &SignInDecision) -> String {
    format!("{} ({}): {}\n", decision.outcome, decision.reason, decision.message)
}

fn body(decision: &SignInDecision, done: &str) -> String {
    let mut lines = vec!["because".to_owned()];
    lines.extend(decision.trail.steps().iter().map(|step| format!("  {:<6} {}", step.rule.code(), step.text)));
    if !decision.memberships.is_empty() {
        lines.push("member of".to_owned());
        lines.extend(decision.memberships.iter().map(|membership| {
            let teams = membership.teams.join(", ");
            format!("  {} as {} by {}, teams: {teams}", membership.name, membership.role, membership.origin)
        }));
    }
    if !decision.effects.is_empty() {
        lines.push(format!("what {done}"));
        lines.extend(decision.effects.iter().map(effect));
    }
    if !decision.warnings.is_empty() {
        lines.push("worth knowing".to_owned());
        let warnings = decision.warnings.iter();
        lines.extend(warnings.map(|warning| format!("  {} {}", warning.text, warning.names.join(", "))));
    }
    lines.join("\n")
}

/// `  join  organization 0193..., role "member"`.
fn effect(effect: &Effect) -> String {
    let Ok(Value::Object(mut members)) = serde_json::to_value(effect) else { return String::new() };
    let kind = members.remove("kind").unwrap_or_default();
    let rest: Vec<String> =
        members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| format!("{name} {value}")).collect();
    format!("  {}  {}", kind.as_str().unwrap_or_default(), rest.join(", "))
}
