//! Query strings.

use crate::error::ScimError;
use crate::tolerance::{Tolerance, Tolerances};

/// What a client asked for, in either form; nothing of it is judged yet but its type.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) filter: Option<String>,
    pub(super) sort_by: Option<String>,
    pub(super) sort_order: Option<String>,
    pub(super) start_index: Option<i64>,
    pub(super) count: Option<i64>,
    pub(super) cursor: Option<String>,
    pub(super) attributes: Option<Vec<String>>,
    pub(super) excluded_attributes: Option<Vec<String>>,
}

impl Asked {
    pub(super) fn from_parameters(parameters: &[(String, String)], tolerances: &Tolerances) -> Result<Self, ScimError> {
        let text = |name| single(parameters, name, tolerances);
        let owned = |name| Ok::<_, ScimError>(text(name)?.map(str::to_owned));
        let number = |name: &'static str| text(name)?.map(|value| integer(name, value)).transpose();
        let names = |name| Ok::<_, ScimError>(text(name)?.map(|list| list.split(',').map(str::to_owned).collect()));
        Ok(Self {
            filter: owned("filter")?,
            sort_by: owned("sortBy")?.filter(|name| !name.trim().is_empty()),
            sort_order: owned("sortOrder")?.filter(|order| !order.is_empty()),
            start_index: number("startIndex")?,
            count: number("count")?,
            cursor: owned("cursor")?,
            attributes: names("attributes")?,
            excluded_attributes: names("excludedAttributes")?,
        })
    }
}

/// The value of a parameter that may be given once; `invalidValue` if it is there twice, for a filter `invalidFilter`.
///
/// A name in another case counts, too, if the tolerances accept it: else `Filter=` would give unfiltered data (E-11).
pub fn single<'a>(
    parameters: &'a [(String, String)],
    name: &str,
    tolerances: &Tolerances,
) -> Result<Option<&'a str>, ScimError> {
    let named =
        |given: &str| given == name || (given.eq_ignore_ascii_case(name) && tolerances.allow(Tolerance::MessageCase));
    let mut values = parameters.iter().filter(|(given, _)| named(given)).map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(refused(name, format!("the parameter `{name}` is there twice; send it once"))),
        (value, _) => Ok(value),
    }
}

/// Takes a query string apart and decodes it once: `%XX` are bytes of UTF-8, `+` is a space.
///
/// Stray `&` and `?` are ignored. A malformed escape is `invalidSyntax`, inside a filter `invalidFilter`.
pub fn parse_query(raw: &str) -> Result<Vec<(String, String)>, ScimError> {
    raw.split('&')
        .map(|pair| pair.trim_start_matches('?'))
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).ok_or_else(|| malformed("", "a parameter name"))?;
            let value = decode(value).ok_or_else(|| malformed(&name, &format!("the parameter `{name}`")))?;
            Ok((name, value))
        })
        .collect()
}

fn malformed(name: &str, what: &str) -> ScimError {
    let detail = format!("{what} is malformed: `%` must be followed by two hexadecimal digits, and the bytes be UTF-8");
    if name.eq_ignore_ascii_case("filter") {
        ScimError::invalid_filter(detail)
    } else {
        ScimError::invalid_syntax(detail)
    }
}

fn refused(name: &str, detail: String) -> ScimError {
    if name == "filter" { ScimError::invalid_filter(detail) } else { ScimError::invalid_value(detail) }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hexadecimal(rest.next()?)? << 4 | hexadecimal(rest.next()?)?,
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// An integer of any length; what does not fit becomes the nearest that does, which is beyond every end (F-8).
fn integer(name: &str, text: &str) -> Result<i64, ScimError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ScimError::invalid_value(format!("`{name}` is `{text}`; it must be an integer")));
    }
    let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(text.parse().unwrap_or(beyond))
}
