//! One comparison: does the literal go with the attribute, and what is compared (E-12 to E-16, E-19, E-22).

use serde_json::Value;

use super::{Condition, Field, Test};
use crate::filter::{AttributePath, CompareOperator, Literal};
use crate::fold::fold;
use crate::schema::{Attribute, Type};
use crate::search_document::key;
use crate::{ScimError, Tolerance, Tolerances};

/// A test, perhaps negated: for one value, or for all of them together.
pub(super) struct Comparison {
    test: Test,
    /// `primary eq false` holds for an element that does not say `true` (E-19).
    value_negated: bool,
    /// `ne` holds if no value is equal, none at all included (K-4).
    whole_negated: bool,
}

impl Comparison {
    /// The condition on a field that `wrap` puts inside its attribute.
    pub(super) fn on(self, wrap: impl FnOnce(Condition) -> Condition, field: Field) -> Condition {
        let value = Condition::Value { field, test: self.test };
        let value = if self.value_negated { Condition::negated(value) } else { value };
        let whole = wrap(value);
        if self.whole_negated { Condition::negated(whole) } else { whole }
    }
}

/// The comparison of an attribute that is not complex with a literal.
pub(super) fn comparison(
    path: &AttributePath,
    attribute: &Attribute,
    operator: CompareOperator,
    literal: &Literal,
    tolerances: &Tolerances,
) -> Result<Comparison, ScimError> {
    let equality = matches!(operator, CompareOperator::Equal | CompareOperator::NotEqual);
    if *literal == Literal::Null {
        if !equality {
            let detail = format!("`{path} {} null`: null goes with eq and ne only", operator.as_str());
            return Err(ScimError::invalid_filter(detail));
        }
        // E-23: `eq null` is `not pr`.
        let whole_negated = operator == CompareOperator::Equal;
        return Ok(Comparison { test: Test::Present, value_negated: false, whole_negated });
    }
    if !fits(attribute.kind, operator) {
        return Err(ScimError::invalid_filter(format!(
            "`{path} {} ...`: the operator does not go with a value of type {}",
            operator.as_str(),
            type_name(attribute.kind)
        )));
    }
    let value = literal_value(path, attribute, literal, tolerances)?;
    let whole = || {
        key(attribute, &value).ok_or_else(|| {
            ScimError::invalid_filter(format!("`{path}` takes a valid {} here", type_name(attribute.kind)))
        })
    };
    let part = |operator| part(attribute, value.as_str().unwrap_or_default(), operator);
    let is_primary = attribute.kind == Type::Boolean && attribute.name.eq_ignore_ascii_case("primary");
    let absent_is_equal = is_primary && value == Value::Bool(false);
    let test = match operator {
        CompareOperator::Equal | CompareOperator::NotEqual if absent_is_equal => Test::Equal("true".to_owned()),
        CompareOperator::Equal | CompareOperator::NotEqual => Test::Equal(whole()?),
        CompareOperator::Contains => Test::Contains(part(operator)),
        CompareOperator::StartsWith => Test::StartsWith(part(operator)),
        CompareOperator::EndsWith => Test::EndsWith(part(operator)),
        CompareOperator::Greater => Test::Greater(whole()?),
        CompareOperator::GreaterOrEqual => Test::GreaterOrEqual(whole()?),
        CompareOperator::Less => Test::Less(whole()?),
        CompareOperator::LessOrEqual => Test::LessOrEqual(whole()?),
    };
    Ok(Comparison { test, value_negated: absent_is_equal, whole_negated: operator == CompareOperator::NotEqual })
}

/// Which operators a type knows (E-13, E-14).
fn fits(kind: Type, operator: CompareOperator) -> bool {
    match operator {
        CompareOperator::Equal | CompareOperator::NotEqual => kind != Type::Complex,
        CompareOperator::Contains | CompareOperator::StartsWith | CompareOperator::EndsWith => {
            matches!(kind, Type::String | Type::Reference)
        }
        CompareOperator::Greater
        | CompareOperator::GreaterOrEqual
        | CompareOperator::Less
        | CompareOperator::LessOrEqual => {
            matches!(kind, Type::String | Type::DateTime | Type::Integer | Type::Decimal)
        }
    }
}

/// The literal as a value of the attribute's type (E-22).
fn literal_value(
    path: &AttributePath,
    attribute: &Attribute,
    literal: &Literal,
    tolerances: &Tolerances,
) -> Result<Value, ScimError> {
    let value = match (attribute.kind, literal) {
        (Type::String | Type::Reference | Type::Binary | Type::DateTime, Literal::String(text)) => {
            if text.contains('\0') {
                // No stored text has it, and not every database can be asked for it.
                return Err(ScimError::invalid_filter(format!("`{path}` is compared with text that has U+0000")));
            }
            Some(Value::from(text.as_str()))
        }
        (Type::Integer | Type::Decimal, Literal::Number(number)) => Some(Value::Number(number.clone())),
        (Type::Boolean, Literal::Boolean(boolean)) => Some(Value::Bool(*boolean)),
        (Type::Boolean, Literal::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" if tolerances.allow(Tolerance::BooleanAsString) => Some(Value::Bool(true)),
            "false" if tolerances.allow(Tolerance::BooleanAsString) => Some(Value::Bool(false)),
            _ => None,
        },
        _ => None,
    };
    value.ok_or_else(|| {
        ScimError::invalid_filter(format!(
            "`{path}` is of type {} and cannot be compared with {literal}",
            type_name(attribute.kind)
        ))
    })
}

/// A part of a text in the form of the search document.
///
/// White space inside the whole is significant, so only the outer ends of a beginning and of an end are trimmed.
fn part(attribute: &Attribute, text: &str, operator: CompareOperator) -> String {
    if attribute.case_exact || attribute.kind == Type::Reference {
        return text.to_owned();
    }
    let start = text.len() - text.trim_start().len();
    let (before, rest) = text.split_at_checked(start).unwrap_or((text, ""));
    let (_, after) = rest.split_at_checked(rest.trim_end().len()).unwrap_or((rest, ""));
    let before = if operator == CompareOperator::StartsWith { "" } else { before };
    let after = if operator == CompareOperator::EndsWith { "" } else { after };
    format!("{before}{}{after}", fold(text))
}

fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::String => "string",
        Type::Boolean => "boolean",
        Type::Decimal => "decimal",
        Type::Integer => "integer",
        Type::DateTime => "dateTime",
        Type::Binary => "binary",
        Type::Reference => "reference",
        Type::Complex => "complex",
    }
}
