//! Instants between the form of the search document (20 digits that sort) and UTC microseconds.

/// Half of the range of 64 bits: where 1970 is in a search document.
const MIDDLE: u64 = 1 << 63;

/// The microseconds of an instant in the form of the search document; `None` if it is in another form.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if text.len() != 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let counted: u64 = text.parse().ok()?;
    Some((counted ^ MIDDLE).cast_signed())
}

/// The form of the search document.
pub(crate) fn key(microseconds: i64) -> String {
    format!("{:020}", microseconds.cast_unsigned() ^ MIDDLE)
}
