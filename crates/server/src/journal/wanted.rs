//! What somebody who looks for exchanges may ask for; each refusal says what was expected.

use std::ops::RangeInclusive;

use rollcall_policy::DirectoryUserId;
use rollcall_scim::Tolerance;
use rollcall_scim::fold::fold;

/// An id of a directory user or account in its one spelling, or a user name as it is compared.
pub fn person(text: &str) -> String {
    text.parse::<DirectoryUserId>().map_or_else(|_| fold(text), |id| id.to_string())
}

/// `409`, or `4xx` for all of a class.
pub fn status(text: &str) -> Result<RangeInclusive<u16>, String> {
    let refused = || "`status` is a status such as 409, or a class such as 4xx".to_owned();
    if let Some(class) = text.strip_suffix("xx") {
        let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class)).ok_or_else(refused)?;
        return Ok(class * 100..=class * 100 + 99);
    }
    let status: u16 = text.parse().ok().filter(|status| (100..600).contains(status)).ok_or_else(refused)?;
    Ok(status..=status)
}

/// The name of a tolerance.
pub fn tolerance(name: &str) -> Result<String, String> {
    match Tolerance::from_name(name) {
        Some(tolerance) => Ok(tolerance.as_str().to_owned()),
        None => Err(format!("there is no tolerance `{name}`; docs/reference/tolerances.md lists them")),
    }
}
