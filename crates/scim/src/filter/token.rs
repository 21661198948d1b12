//! Words of the filter grammar: names, paths, operators, literals (E-5 to E-8).

use nom::branch::alt;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::{char, satisfy};
use nom::combinator::{all_consuming, opt, recognize};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::preceded;
use nom::{Err, IResult, Parser};

use super::ast::{AttributePath, CompareOperator, Literal};
use crate::{Tolerance, Tolerances};

/// Rest of the text and what was read, or where and why reading stopped.
pub(super) type Parsed<'a, T> = IResult<&'a str, T, Problem<'a>>;

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    /// The text from the offending place on.
    pub(super) rest: &'a str,
    /// The cause, as the end of a sentence.
    pub(super) cause: String,
}

impl<'a> ParseError<&'a str> for Problem<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self { rest, cause: "unexpected text".to_owned() }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// A problem at the beginning of `rest` that no alternative can mend.
pub(super) fn fail<T>(rest: &str, cause: impl Into<String>) -> Parsed<'_, T> {
    Err(Err::Failure(Problem { rest, cause: cause.into() }))
}

/// Reads `[urn:]name[.sub]`. The URN is everything before the last colon.
pub(super) fn path(input: &str) -> Parsed<'_, AttributePath> {
    let (rest, token) = take_while(|c| !is_delimiter(c)).parse(input)?;
    match attribute_path(token) {
        Some(path) => Ok((rest, path)),
        None if token.is_empty() => fail(input, "an attribute name is expected"),
        None => fail(input, format!("`{token}` is not an attribute path: expected `name`, `name.sub` or `urn:name`")),
    }
}

/// Reads what stands for a path inside brackets, where a bare `$ref` is a name as well (E-5, A-53).
pub(super) fn path_in_brackets(input: &str) -> Parsed<'_, AttributePath> {
    let (rest, token) = take_while(|c| !is_delimiter(c)).parse(input)?;
    if is_sub_attribute_name(token) {
        return Ok((rest, AttributePath { urn: None, name: token.to_owned(), sub: None }));
    }
    path(input)
}

/// The attribute path that a text consists of (A-53, E-5).
pub(crate) fn attribute_path(text: &str) -> Option<AttributePath> {
    let (urn, tail) = match text.rsplit_once(':') {
        Some(("", _)) => return None,
        Some((urn, tail)) => (Some(urn.to_owned()), tail),
        None => (None, text),
    };
    let sub = preceded(char('.'), alt((name, reference)));
    let (_, (name, sub)) = all_consuming((name, opt(sub))).parse(tail).ok()?;
    Some(AttributePath { urn, name: name.to_owned(), sub: sub.map(str::to_owned) })
}

/// The sub-attribute name that a text consists of.
pub(crate) fn is_sub_attribute_name(text: &str) -> bool {
    all_consuming(alt((name, reference))).parse(text).is_ok()
}

/// A letter, then letters, digits, `-`, `_` and `$`.
fn name(input: &str) -> IResult<&str, &str> {
    recognize((satisfy(|c| c.is_ascii_alphabetic()), take_while(is_name_character))).parse(input)
}

/// `$ref`, which the grammar of the RFC forgets (erratum 8924).
fn reference(input: &str) -> IResult<&str, &str> {
    recognize((char('$'), take_while1(is_name_character))).parse(input)
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')
}

/// What follows a path: an operator with a value, or `pr`.
pub(super) enum Operator {
    Present,
    Compare(CompareOperator),
}

/// Reads an operator (E-7).
pub(super) fn operator(input: &str) -> Parsed<'_, Operator> {
    let (rest, token) = take_while(|c| !is_delimiter(c)).parse(input)?;
    if token.eq_ignore_ascii_case("pr") {
        return Ok((rest, Operator::Present));
    }
    match CompareOperator::from_keyword(token) {
        Some(operator) => Ok((rest, Operator::Compare(operator))),
        None if token.is_empty() => fail(input, "an operator is expected"),
        None => {
            fail(input, format!("`{token}` is no operator: expected one of eq, ne, co, sw, ew, gt, ge, lt, le, pr"))
        }
    }
}

/// Reads a JSON literal, or a bare word where that is tolerated (E-6, K-5).
pub(super) fn literal<'a>(input: &'a str, tolerances: &Tolerances) -> Parsed<'a, Literal> {
    if input.starts_with('"') {
        return string(input);
    }
    let (rest, token) = take_while(|c| !is_delimiter(c)).parse(input)?;
    match token {
        "" => return fail(input, "a value is expected: a JSON string in double quotes, a number, true, false or null"),
        "true" => return Ok((rest, Literal::Boolean(true))),
        "false" => return Ok((rest, Literal::Boolean(false))),
        "null" => return Ok((rest, Literal::Null)),
        _ => {}
    }
    if let Ok(number) = serde_json::from_str(token) {
        return Ok((rest, Literal::Number(number)));
    }
    let lower = token.to_ascii_lowercase();
    let keyword = match lower.as_str() {
        "true" => Some(Literal::Boolean(true)),
        "false" => Some(Literal::Boolean(false)),
        "null" => Some(Literal::Null),
        _ => None,
    };
    if let Some(literal) = keyword
        && tolerances.allow(Tolerance::FilterSpelling)
    {
        return Ok((rest, literal));
    }
    let is_word = !token.starts_with('\'') && !token.contains(['\\', '{', '}', ',']);
    if is_word && tolerances.allow(Tolerance::BareWordInFilter) {
        return Ok((rest, Literal::String(token.to_owned())));
    }
    fail(input, format!("`{token}` is not a JSON value: strings stand in double quotes"))
}

/// Reads a JSON string.
fn string(input: &str) -> Parsed<'_, Literal> {
    let Some(length) = string_length(input) else {
        return fail(input, "the string is not closed by a double quote");
    };
    let (token, rest) = input.split_at(length);
    match serde_json::from_str(token) {
        Ok(text) => Ok((rest, Literal::String(text))),
        Err(_) => fail(input, "the string has an escape or a control character that JSON does not allow"),
    }
}

/// Bytes of the JSON string at the beginning of a text, quotes included; `None` if it does not end.
pub(crate) fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(index + 1),
            _ => {}
        }
    }
    None
}

/// Characters that end a word.
pub(super) fn is_delimiter(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"')
}
