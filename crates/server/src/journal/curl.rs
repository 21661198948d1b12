//! An exchange as a command for a shell.
//!
//! Everything that somebody else wrote stands between single quotes, in which a shell knows no special character but the quote
//! itself. The token is left to a variable.

use rollcall_directory::JournalEntry;

use super::exchange::Exchange;

/// The variable that holds the token.
const TOKEN: &str = "\"Authorization: Bearer $ROLLCALL_TOKEN\"";

/// `curl ...`; `None` for a gap, and where the body is not kept whole.
pub fn command(entry: &JournalEntry, scim_base_url: &str) -> Option<String> {
    let exchange = Exchange::of(entry).filter(|exchange| exchange.request.whole)?;
    let mut parts = vec![
        "curl --silent --show-error --include --globoff".to_owned(),
        format!("--request {}", quoted(&entry.method)),
        format!("--header {TOKEN}"),
    ];
    for (name, value) in &exchange.headers {
        parts.push(format!("--header {}", quoted(&format!("{name}: {value}"))));
    }
    if let Some(body) = &exchange.request.text {
        parts.push(format!("--data-raw {}", quoted(body)));
    }
    parts.push(format!("--url {}", quoted(&format!("{scim_base_url}{}", entry.target))));
    Some(parts.join(" \\\n  "))
}

/// As one word of a POSIX shell. Control characters cannot do their work on a terminal into which this is pasted.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|character| !character.is_control()).collect();
    format!("'{}'", plain.replace('\'', "'\\''"))
}
