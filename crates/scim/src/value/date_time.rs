//! Instants (A-85, K-12): `xsd:dateTime` to UTC microseconds, and a text form that sorts like them.

use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;

use crate::{ScimError, schema::Attribute, value::mismatch};

pub(crate) fn check(attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    const EXPECTED: &str = "a date and time like `2024-02-29T23:59:59Z`";
    let Value::String(text) = value else { return Err(mismatch(attribute, EXPECTED, value)) };
    match parse(text) {
        Some(_) => Ok(()),
        None => Err(ScimError::invalid_value(format!("`{}` is no instant; expected {EXPECTED}", attribute.name))),
    }
}

/// The instant in microseconds since 1970 in UTC; what is finer is cut off. `None` if it is no `xsd:dateTime`.
///
/// Without an offset it is UTC; `24:00:00` is the beginning of the next day.
pub fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let (time, offset) = split_offset(time)?;
    let (clock, fraction) = match time.split_once('.') {
        Some((clock, fraction)) if !fraction.is_empty() => (clock, fraction),
        Some(_) => return None,
        None => (time, ""),
    };
    let [hour, minute, second] = fields(clock, &[2, 2, 2])?;
    let microsecond = microseconds(fraction)?;
    let midnight = hour == 24 && minute == 0 && second == 0 && fraction.bytes().all(|digit| digit == b'0');
    if (hour > 23 && !midnight) || minute > 59 || second > 59 {
        return None;
    }
    let seconds = TimeDelta::seconds(i64::from(hour * 3_600 + minute * 60 + second));
    let local = parse_date(date)?.and_hms_opt(0, 0, 0)?.checked_add_signed(seconds)?;
    let instant = local.checked_sub_signed(TimeDelta::minutes(offset))?;
    instant.and_utc().timestamp_micros().checked_add(microsecond)
}

/// Text that sorts bytewise as the instants do, those before 1970 and before the year 1 included.
///
/// The instant is counted from the earliest that 64 bits hold, in 20 digits.
pub fn key(microseconds: i64) -> String {
    format!("{:020}", microseconds.cast_unsigned() ^ (1 << 63))
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (year, rest) = text.split_once('-')?;
    // Four digits, or more without a leading zero.
    if year.len() < 4 || year.len() > 6 || (year.len() > 4 && year.starts_with('0')) {
        return None;
    }
    let [year] = fields(year, &[year.len()])?;
    let [month, day] = fields_between(rest, '-', &[2, 2])?;
    let year = i32::try_from(year).ok()?;
    NaiveDate::from_ymd_opt(if negative { -year } else { year }, month, day)
}

/// The time without its offset, and the offset in minutes east of UTC.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, 0)) };
    let (time, offset) = time.split_at_checked(at)?;
    let (sign, clock) = match offset.strip_prefix('-') {
        Some(clock) => (-1, clock),
        None => (1, offset.strip_prefix('+')?),
    };
    let [hour, minute] = fields(clock, &[2, 2])?;
    let minutes = i64::from(hour * 60 + minute);
    (minute <= 59 && minutes <= 14 * 60).then_some((time, sign * minutes))
}

fn microseconds(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    six.parse().ok()
}

fn fields<const N: usize>(text: &str, widths: &[usize; N]) -> Option<[u32; N]> {
    fields_between(text, ':', widths)
}

/// Numbers of exactly these many digits each.
fn fields_between<const N: usize>(text: &str, separator: char, widths: &[usize; N]) -> Option<[u32; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(separator);
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != *width || !part.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}
