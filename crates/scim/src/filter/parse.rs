//! The filter grammar (E-1 to E-10), as nom functions over a bounded text.
//!
//! Recursion is bounded by [`Limits::depth`], so no text overflows the stack.

use std::cell::Cell;

use nom::bytes::complete::{tag_no_case, take_while};
use nom::character::complete::char;
use nom::{Err, Parser};

use super::ast::{AttributePath, Filter, Limits};
use super::token::{
    Operator, Parsed, Problem, fail, is_delimiter, is_sub_attribute_name, literal, operator, path, path_in_brackets,
};
use crate::{ScimError, Tolerance, Tolerances};

/// Parses a filter, percent-decoded.
///
/// # Errors
/// `invalidFilter`; the sentence names the position, counted in characters from 1.
pub fn parse(text: &str, limits: &Limits, tolerances: &Tolerances) -> Result<Filter, ScimError> {
    Grammar::new(text, limits, tolerances, Place::Outside).whole()
}

/// Parses what stands between the brackets of a PATCH path: no brackets inside (E-3).
pub(crate) fn parse_value_filter(text: &str, limits: &Limits, tolerances: &Tolerances) -> Result<Filter, ScimError> {
    Grammar::new(text, limits, tolerances, Place::InBrackets).whole()
}

/// Whether brackets may follow a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    InBrackets,
}

struct Grammar<'a> {
    text: &'a str,
    place: Place,
    limits: &'a Limits,
    tolerances: &'a Tolerances,
    terms: Cell<usize>,
}

impl<'a> Grammar<'a> {
    fn new(text: &'a str, limits: &'a Limits, tolerances: &'a Tolerances, place: Place) -> Self {
        Self { text, place, limits, tolerances, terms: Cell::new(0) }
    }

    fn whole(&self) -> Result<Filter, ScimError> {
        if self.text.len() > self.limits.length {
            return Err(ScimError::invalid_filter(format!(
                "the filter has {} bytes: at most {} are allowed",
                self.text.len(),
                self.limits.length
            )));
        }
        match self.everything() {
            Ok((_, filter)) => Ok(filter),
            Err(Err::Error(problem) | Err::Failure(problem)) => Err(self.refuse(&problem)),
            Err(Err::Incomplete(_)) => Err(ScimError::invalid_filter("the filter ends too early")),
        }
    }

    fn refuse(&self, problem: &Problem<'_>) -> ScimError {
        let position = self.text.chars().count().saturating_sub(problem.rest.chars().count()) + 1;
        ScimError::invalid_filter(format!("filter, position {position}: {}", problem.cause))
    }

    fn everything(&self) -> Parsed<'a, Filter> {
        let (rest, blanks) = blanks(self.text)?;
        let rest = if blanks.is_empty() || self.tolerances.allow(Tolerance::FilterSpelling) { rest } else { self.text };
        let (after, filter) = self.disjunction(rest, self.place, 0)?;
        let (rest, blanks) = self::blanks(after)?;
        if !rest.is_empty() {
            return fail(rest, "`and`, `or` or the end of the filter is expected");
        }
        if !blanks.is_empty() && !self.tolerances.allow(Tolerance::FilterSpelling) {
            return fail(after, "there is a space after the filter");
        }
        Ok((rest, filter))
    }

    /// Conjunctions joined by `or`.
    fn disjunction(&self, input: &'a str, place: Place, depth: usize) -> Parsed<'a, Filter> {
        let (mut rest, first) = self.conjunction(input, place, depth)?;
        let mut alternatives = vec![first];
        while let Some(after) = self.connective(rest, "or")? {
            let (left, next) = self.conjunction(after, place, depth)?;
            rest = left;
            alternatives.push(next);
        }
        Ok((rest, one_or(alternatives, Filter::Or)))
    }

    /// Terms joined by `and`, which binds tighter than `or` (E-9).
    fn conjunction(&self, input: &'a str, place: Place, depth: usize) -> Parsed<'a, Filter> {
        let (mut rest, first) = self.term(input, place, depth)?;
        let mut terms = vec![first];
        while let Some(after) = self.connective(rest, "and")? {
            let (left, next) = self.term(after, place, depth)?;
            rest = left;
            terms.push(next);
        }
        Ok((rest, one_or(terms, Filter::And)))
    }

    /// The text after ` and ` or ` or `, or `None` if something else follows.
    fn connective(&self, input: &'a str, keyword: &str) -> Result<Option<&'a str>, Err<Problem<'a>>> {
        let (rest, blanks) = blanks(input)?;
        let word: Parsed<'a, &str> = tag_no_case(keyword).parse(rest);
        let Ok((after, _)) = word else { return Ok(None) };
        if after.starts_with(|c| !is_delimiter(c)) {
            return Ok(None);
        }
        let closed = self.text.strip_suffix(input).is_some_and(|before| before.ends_with([')', ']']));
        if blanks.is_empty() && !closed {
            let cause = format!("a space is expected before `{keyword}`");
            return Err(Err::Failure(Problem { rest, cause }));
        }
        self.check_blanks(input, blanks)?;
        if after.starts_with('(') {
            return Ok(Some(after));
        }
        self.gap(after).map(|(rest, ())| Some(rest))
    }

    /// An attribute test, a value path, or a filter in parentheses, perhaps behind `not`.
    fn term(&self, input: &'a str, place: Place, depth: usize) -> Parsed<'a, Filter> {
        if let Some(inner) = self.negation(input)? {
            let (rest, filter) = self.group(inner, ')', place, depth)?;
            return Ok((rest, Filter::Not(Box::new(filter))));
        }
        if let Some(inner) = input.strip_prefix('(') {
            return self.group(inner, ')', place, depth);
        }
        let (rest, path) = match place {
            Place::Outside => path(input)?,
            Place::InBrackets => path_in_brackets(input)?,
        };
        match rest.strip_prefix('[') {
            Some(_) if place == Place::InBrackets => fail(rest, "brackets may not stand inside brackets"),
            Some(inner) => {
                let (rest, filter) = self.group(inner, ']', Place::InBrackets, depth)?;
                self.after_brackets(rest, path, filter)
            }
            None if is_not(&path) => fail(input, "`not` takes a filter in parentheses"),
            None => self.test(rest, path),
        }
    }

    /// The text after `not (`, if that is what stands here (E-4).
    fn negation(&self, input: &'a str) -> Result<Option<&'a str>, Err<Problem<'a>>> {
        let word: Parsed<'a, &str> = tag_no_case("not").parse(input);
        let Ok((after, _)) = word else { return Ok(None) };
        let (rest, blanks) = blanks(after)?;
        let Some(inner) = rest.strip_prefix('(') else { return Ok(None) };
        self.check_blanks(after, blanks)?;
        Ok(Some(inner))
    }

    /// A filter and the parenthesis or bracket that closes it.
    fn group(&self, input: &'a str, close: char, place: Place, depth: usize) -> Parsed<'a, Filter> {
        if depth >= self.limits.depth {
            return fail(input, format!("parentheses and brackets are nested more than {} deep", self.limits.depth));
        }
        let (rest, ()) = self.optional_gap(input)?;
        let (rest, filter) = self.disjunction(rest, place, depth + 1)?;
        let (rest, ()) = self.optional_gap(rest)?;
        let closed: Parsed<'a, char> = char(close).parse(rest);
        match closed {
            Ok((rest, _)) => Ok((rest, filter)),
            Err(_) => fail(rest, format!("`and`, `or` or `{close}` is expected")),
        }
    }

    /// What Entra writes behind the brackets: `emails[type eq "work"].value eq "x"` tests the same element.
    fn after_brackets(&self, input: &'a str, path: AttributePath, filter: Filter) -> Parsed<'a, Filter> {
        let Some(tail) = input.strip_prefix('.') else {
            return Ok((input, Filter::Element { path, filter: Box::new(filter) }));
        };
        let length = tail.find(is_delimiter).unwrap_or(tail.len());
        let (sub, rest) = tail.split_at(length);
        if !is_sub_attribute_name(sub) {
            return fail(tail, "the name of a sub-attribute is expected");
        }
        if !self.tolerances.allow(Tolerance::SubAttributeAfterBrackets) {
            return fail(input, "a test on a sub-attribute belongs inside the brackets");
        }
        let sub = AttributePath { urn: None, name: sub.to_owned(), sub: None };
        let (rest, test) = self.test(rest, sub)?;
        let filter = match filter {
            Filter::And(mut terms) => {
                terms.push(test);
                Filter::And(terms)
            }
            Filter::Or(_) | Filter::Not(_) | Filter::Present(_) | Filter::Compare { .. } | Filter::Element { .. } => {
                Filter::And(vec![filter, test])
            }
        };
        Ok((rest, Filter::Element { path, filter: Box::new(filter) }))
    }

    /// ` operator literal` or ` pr` behind a path.
    fn test(&self, input: &'a str, path: AttributePath) -> Parsed<'a, Filter> {
        self.terms.set(self.terms.get() + 1);
        if self.terms.get() > self.limits.terms {
            return fail(input, format!("the filter has more than {} terms", self.limits.terms));
        }
        if input.is_empty() {
            return fail(input, "an operator is expected");
        }
        let (rest, ()) = self.gap(input)?;
        let (rest, operator) = operator(rest)?;
        let Operator::Compare(operator) = operator else { return Ok((rest, Filter::Present(path))) };
        if rest.is_empty() {
            return fail(rest, format!("a value is expected after `{}`", operator.as_str()));
        }
        let (rest, ()) = self.gap(rest)?;
        let (rest, value) = literal(rest, self.tolerances)?;
        Ok((rest, Filter::Compare { path, operator, value }))
    }

    /// The space between two words.
    fn gap(&self, input: &'a str) -> Parsed<'a, ()> {
        let (rest, blanks) = blanks(input)?;
        if blanks.is_empty() {
            return fail(rest, "a space is expected");
        }
        self.check_blanks(input, blanks)?;
        Ok((rest, ()))
    }

    /// A space that parentheses and brackets make superfluous.
    fn optional_gap(&self, input: &'a str) -> Parsed<'a, ()> {
        let (rest, blanks) = blanks(input)?;
        self.check_blanks(input, blanks)?;
        Ok((rest, ()))
    }

    /// One space is what the grammar wants; anything longer is a matter of tolerance (E-8).
    fn check_blanks(&self, at: &'a str, blanks: &str) -> Result<(), Err<Problem<'a>>> {
        if matches!(blanks, "" | " ") || self.tolerances.allow(Tolerance::FilterSpelling) {
            return Ok(());
        }
        Err(Err::Failure(Problem { rest: at, cause: "exactly one space is expected".to_owned() }))
    }
}

/// `not` where its parenthesis is missing (E-4).
fn is_not(path: &AttributePath) -> bool {
    path.urn.is_none() && path.sub.is_none() && path.name.eq_ignore_ascii_case("not")
}

fn blanks(input: &str) -> Parsed<'_, &str> {
    take_while(|c: char| c.is_ascii_whitespace()).parse(input)
}

/// The only element, or the list joined.
fn one_or(mut filters: Vec<Filter>, join: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        Some(last) => {
            filters.push(last);
            join(filters)
        }
        None => join(filters),
    }
}
