//! An exchange as people and programs read it.

use rollcall_directory::JournalEntry;
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use crate::journal::exchange::{Content, Exchange};

/// One object a line.
pub(super) fn line(entry: &JournalEntry) -> Value {
    json!({
        "id": entry.id,
        "at": to_rfc3339(entry.at),
        "kind": if entry.lost > 0 { "gap" } else { "exchange" },
        "lost": entry.lost,
        "request_id": entry.request_id,
        "method": entry.method,
        "target": entry.target,
        "status": (entry.status > 0).then_some(entry.status),
        "scim_type": entry.scim_type,
        "tolerances": entry.tolerances,
        "user": entry.user,
        "account": entry.account,
        "user_name": entry.user_name,
        "micros": entry.micros,
    })
}

/// The same with headers and bodies.
pub(super) fn whole_line(entry: &JournalEntry) -> Value {
    let mut line = line(entry);
    if let Some(members) = line.as_object_mut() {
        members.insert("exchange".to_owned(), json!(Exchange::of(entry)));
    }
    line
}

/// One row.
pub(super) fn cells(entry: &JournalEntry) -> Vec<String> {
    if entry.lost > 0 {
        let lost = format!("{} exchanges were not kept", entry.lost);
        return vec![
            to_rfc3339(entry.at),
            String::new(),
            lost,
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ];
    }
    let status = if entry.status == 0 { "none".to_owned() } else { entry.status.to_string() };
    let status = entry.scim_type.as_ref().map_or_else(|| status.clone(), |word| format!("{status} {word}"));
    vec![
        to_rfc3339(entry.at),
        entry.method.clone(),
        entry.target.chars().take(60).collect(),
        status,
        entry.user_name.clone().unwrap_or_default(),
        entry.tolerances.join(" "),
        entry.id.to_string(),
    ]
}

/// All of it; what others wrote cannot move the cursor.
pub(super) fn whole(entry: &JournalEntry) -> String {
    let row = cells(entry);
    let mut lines = vec![row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join("  ")];
    if let Some(exchange) = Exchange::of(entry) {
        lines.extend(exchange.headers.iter().map(|(name, value)| format!("  {name}: {value}")));
        lines.push(format!("  > {}", body(&exchange.request)));
        lines.push(format!("  < {}", body(&exchange.answer)));
        lines.extend(exchange.detail);
    }
    let plain = |line: &String| line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>();
    lines.iter().map(plain).collect::<Vec<_>>().join("\n")
}

fn body(content: &Content) -> String {
    match (&content.text, content.bytes) {
        (Some(text), _) if content.whole => text.clone(),
        (Some(text), _) => format!("{text} ... (cut)"),
        (None, Some(0)) => "(no body)".to_owned(),
        (None, Some(bytes)) => format!("({bytes} bytes, not kept)"),
        (None, None) => "(a body that nobody read)".to_owned(),
    }
}
