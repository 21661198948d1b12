//! For whom an assertion is meant, in answer to what, and when (SAML core 2.4 and 2.5, profiles 4.1.4.3).

use chrono::{DateTime, NaiveDateTime};

use super::Expected;
use super::names::{ASSERTION, BEARER};
use super::response::Parts;
use super::tree::Node;
use crate::clock::SECOND;
use crate::sso::refused::Refused;

/// How far clocks may be apart.
const SKEW: i64 = 60 * SECOND;

/// Judges conditions and confirmation; until when the assertion could be used again, skew included.
pub(super) fn judge(parts: Parts<'_, '_>, expected: &Expected<'_>) -> Result<i64, Refused> {
    let subject = parts.assertion.needed(ASSERTION, "Subject")?;
    let mut bearers =
        subject.all(ASSERTION, "SubjectConfirmation").filter(|node| node.attribute("Method") == Some(BEARER));
    let (Some(bearer), None) = (bearers.next(), bearers.next()) else {
        return Err(invalid("`Subject` must have exactly one `SubjectConfirmation` whose method is bearer"));
    };
    let data = bearer.needed(ASSERTION, "SubjectConfirmationData")?;
    if data.attribute("Recipient") != Some(&expected.settings.recipient) {
        return Err(invalid("`Recipient` is not the recipient that is set at this connection"));
    }
    judge_answered(parts.response.attribute("InResponseTo"), data.attribute("InResponseTo"), expected)?;
    let conditions = parts.assertion.needed(ASSERTION, "Conditions")?;
    judge_conditions(conditions, expected)?;
    if data.attribute("NotBefore").is_some() {
        return Err(invalid("`SubjectConfirmationData` must not have `NotBefore`"));
    }
    let end = instant(data, "NotOnOrAfter")?;
    let end = end.ok_or_else(|| invalid("`SubjectConfirmationData` has no `NotOnOrAfter`"))?;
    judge_time(None, Some(end), expected.now)?;
    judge_time(instant(conditions, "NotBefore")?, instant(conditions, "NotOnOrAfter")?, expected.now)?;
    Ok(end.saturating_add(SKEW))
}

/// SI-1: a response answers the request that the product made, unless the connection allows others.
fn judge_answered(response: Option<&str>, confirmed: Option<&str>, expected: &Expected<'_>) -> Result<(), Refused> {
    let allowed = expected.settings.allow_idp_initiated;
    match (expected.request_id, response, confirmed) {
        (Some(asked), Some(response), Some(confirmed)) if asked == response && asked == confirmed => Ok(()),
        (None, None, None) if allowed => Ok(()),
        (_, None, None) if !allowed => Err(Refused::IdpInitiated(format!(
            "nobody asked for this response: sign-ins through the connection `{}` must start at the product",
            expected.connection
        ))),
        (None, ..) => Err(Refused::Malformed(
            "the response answers a request: `request_id` must be the `ID` of the `AuthnRequest`".to_owned(),
        )),
        (Some(_), ..) => Err(invalid("the response does not answer the request that `request_id` names")),
    }
}

fn judge_conditions(conditions: Node<'_, '_>, expected: &Expected<'_>) -> Result<(), Refused> {
    // A condition that is not understood makes an assertion worthless (SAML core 2.5.1).
    conditions.has_only(&[
        (ASSERTION, "AudienceRestriction", 1, usize::MAX),
        (ASSERTION, "OneTimeUse", 0, 1),
        (ASSERTION, "ProxyRestriction", 0, 1),
    ])?;
    for restriction in conditions.all(ASSERTION, "AudienceRestriction") {
        let named = restriction.all(ASSERTION, "Audience").map(Node::text).collect::<Result<Vec<_>, _>>()?;
        if !named.contains(&expected.settings.audience) {
            return Err(invalid("`Audience` does not name the audience that is set at this connection"));
        }
    }
    Ok(())
}

fn judge_time(start: Option<i64>, end: Option<i64>, now: i64) -> Result<(), Refused> {
    if end.is_some_and(|end| now >= end.saturating_add(SKEW)) {
        return Err(Refused::Expired("the assertion has expired; start a new sign-in".to_owned()));
    }
    if start.is_some_and(|start| now < start.saturating_sub(SKEW)) {
        return Err(Refused::Expired(
            "the assertion is not valid yet; compare the provider's clock with ours".to_owned(),
        ));
    }
    Ok(())
}

/// UTC microseconds of an `xs:dateTime`; one without a zone is UTC, too (SAML core 1.3.3).
fn instant(node: Node<'_, '_>, name: &str) -> Result<Option<i64>, Refused> {
    let Some(text) = node.attribute(name).map(str::trim) else { return Ok(None) };
    let zoned = DateTime::parse_from_rfc3339(text).map(|instant| instant.timestamp_micros());
    let unzoned = || {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|instant| instant.and_utc().timestamp_micros())
    };
    let read = zoned.or_else(|_| unzoned());
    read.map(Some).map_err(|_| Refused::Invalid(format!("`{name}` is no instant such as `2027-01-15T08:00:00Z`")))
}

fn invalid(detail: &str) -> Refused {
    Refused::Invalid(detail.to_owned())
}
