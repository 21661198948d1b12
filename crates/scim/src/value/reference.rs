//! References: URIs, absolute or relative, compared exactly.

use serde_json::Value;

use crate::{ScimError, schema::Attribute, value::mismatch, value::string};

/// Characters that stand in no URI, RFC 3986 Appendix C. Letters beyond ASCII pass: people paste IRIs.
const FORBIDDEN: [char; 9] = ['<', '>', '"', '{', '}', '|', '\\', '^', '`'];

pub(crate) fn check(attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    let Value::String(text) = value else { return Err(mismatch(attribute, "a URI as a string", value)) };
    string::check_text(attribute, text)?;
    match text.chars().find(|c| c.is_whitespace() || FORBIDDEN.contains(c)) {
        Some(found) => Err(ScimError::invalid_value(format!(
            "`{}` has the character {found:?}, which stands in no URI; expected it percent-encoded",
            attribute.name
        ))),
        None => Ok(()),
    }
}

/// Endpoint and id that a reference to a resource ends in: (`Some("Users")`, `2819c223`) for `.../Users/2819c223`.
///
/// The endpoint is whatever stands before the id, `..` for example. Query and fragment do not count. `None` if there is
/// no last segment.
pub(crate) fn endpoint_and_id(reference: &str) -> Option<(Option<&str>, &str)> {
    let path = reference.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let mut segments = path.rsplit('/');
    let id = segments.next().filter(|id| !id.is_empty())?;
    Some((segments.next(), id))
}
