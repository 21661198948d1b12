//! Values that are easy to compare wrongly, for random resources and random filters.

use serde_json::{Value, json};

use rollcall_directory::testing::Dice;

/// Folding, composition, order of bytes against UTF-16, and what LIKE, JSON, paths and placeholders could trip over.
const NASTY: [&str; 46] = [
    "",
    "a",
    "A",
    "ab",
    "B",
    "ß",
    "ss",
    "SS",
    "ẞ",
    "ı",
    "i",
    "I",
    "İ",
    "σ",
    "ς",
    "Σ",
    "é",
    "e\u{301}",
    "É",
    "\u{212a}",
    "k",
    "K",
    "𝒜",
    "😀",
    "\u{ffff}",
    "\u{10ffff}",
    "ﬃ",
    "%",
    "_",
    "a%b",
    "A_b",
    "\\",
    "'",
    "''",
    "\"",
    "?",
    "$1",
    "$ref",
    "--",
    "{",
    "[0]",
    "  pad ",
    "\u{feff}",
    "ZOË",
    "zoe\u{308}",
    "İstanbul",
];

/// A string that a resource may hold.
pub(crate) fn word(dice: &mut Dice) -> String {
    (0..=dice.below(3)).map(|_| dice.pick(&NASTY)).collect()
}

/// A string that a filter may name: also parts of words, and U+0000, which no resource holds.
pub(crate) fn literal(dice: &mut Dice) -> String {
    let word = word(dice);
    match dice.below(10) {
        0 => format!("{word}\0"),
        1 => format!("a\0{word}"),
        2 => word.to_uppercase(),
        3 => word.chars().skip(1).collect(),
        4 => word.chars().take(1).collect(),
        _ => word,
    }
}

/// Integers: neighbours above 2^53, and both ends.
pub(crate) fn integer(dice: &mut Dice) -> Value {
    const INTEGERS: [i64; 12] = [
        0,
        1,
        -1,
        9,
        10,
        11,
        -10,
        9_007_199_254_740_992,
        9_007_199_254_740_993,
        -9_007_199_254_740_993,
        i64::MAX,
        i64::MIN,
    ];
    json!(dice.pick(&INTEGERS))
}

/// Decimals, in spellings that are the same number.
pub(crate) fn decimal(dice: &mut Dice) -> Value {
    const DECIMALS: [&str; 12] =
        ["0", "0.1", "0.10", "1e-1", "1", "1.0", "1.5", "-1.5", "15", "1e300", "-2.5e-7", "9007199254740993"];
    serde_json::from_str(dice.pick(&DECIMALS)).unwrap()
}

/// Instants: the same one at several offsets, microseconds apart, and before 1970.
pub(crate) fn instant(dice: &mut Dice) -> &'static str {
    const INSTANTS: [&str; 9] = [
        "2024-01-01T00:00:00Z",
        "2024-01-01T02:00:00+02:00",
        "2023-12-31T19:30:00-04:30",
        "2024-01-01T00:00:00.000001Z",
        "2024-01-01T00:00:01Z",
        "2024-01-01T00:00:00",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ];
    dice.pick(&INSTANTS)
}
