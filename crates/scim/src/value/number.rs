//! Integers and decimals, and a text form that sorts like the numbers.

use serde_json::{Number, Value};

use crate::{ScimError, schema::Attribute, value::mismatch};

/// Added to exponents so that they are positive; a JSON number read into 64 bits has one between -342 and 309.
const BIAS: i32 = 5_000;

pub(crate) fn check_integer(attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    let integer = value.as_number().is_some_and(Number::is_i64);
    if integer {
        Ok(())
    } else {
        Err(mismatch(attribute, "a whole number of 64 bits without fraction or exponent", value))
    }
}

pub(crate) fn check_decimal(attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    if value.is_number() { Ok(()) } else { Err(mismatch(attribute, "a number", value)) }
}

/// Text that sorts bytewise as the numbers do, and is equal exactly if they are.
///
/// Made from the number's own decimal digits, never from a rounded binary one, so integers above 2^53 stay apart.
/// What a decimal has beyond the 17 digits that JSON readers agree on (RFC 8259 §6) is gone before it comes here.
/// `None` only if the exponent is out of reach.
///
/// The number is brought to `0.d1d2d3... * 10^e`. A sign comes first (`-`, `0`, `1`), then `e` in four digits, then
/// the digits. A negative number has its digits complemented and ends in `~`: the larger its amount, the lower it is.
pub fn key(number: &Number) -> Option<String> {
    let text = number.to_string();
    let (negative, amount) = match text.strip_prefix('-') {
        Some(amount) => (true, amount),
        None => (false, text.as_str()),
    };
    let (mantissa, exponent) = amount.split_once(['e', 'E']).unwrap_or((amount, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    let leading_zeros = i32::try_from(digits.len() - significant.len()).ok()?;
    let shift = i32::try_from(whole.len()).ok()?.checked_sub(leading_zeros)?;
    let exponent = exponent.parse::<i32>().ok()?.checked_add(shift)?.checked_add(BIAS)?;
    if !(0..10_000).contains(&exponent) {
        return None;
    }
    let positive = format!("{exponent:04}{}", significant.trim_end_matches('0'));
    if !negative {
        return Some(format!("1{positive}"));
    }
    let complement: String = positive.bytes().map(|digit| char::from(b'0' + b'9' - digit)).collect();
    Some(format!("-{complement}~"))
}
