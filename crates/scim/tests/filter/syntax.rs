//! The text of filters: limits, refusals, and the canonical text that a parsed filter prints.

use rollcall_scim::Tolerances;
use rollcall_scim::filter::{Limits, parse};

#[test]
fn a_filter_has_one_canonical_text() {
    // E-7, E-9, L-2: as it is parsed, and as a cursor remembers it.
    let rows = [
        ("Title EQ TRUE", "Title eq true"),
        ("title eq False or title Ne NULL", "title eq false or title ne null"),
        ("( title pr )", "title pr"),
        ("(a pr and (b pr))or(c pr)", "a pr and b pr or c pr"),
        ("(a pr or b pr) and c pr", "(a pr or b pr) and c pr"),
        ("a pr and (b pr and c pr)", "a pr and (b pr and c pr)"),
        ("NOT(a  pr)", "not (a pr)"),
        ("urn:x:y:a.b gt 1.50", "urn:x:y:a.b gt 1.5"),
        ("a[ b eq x ]", r#"a[b eq "x"]"#),
        (r#"a[b pr].c eq "\u0064""#, r#"a[b pr and c eq "d"]"#),
        (r#"a[b pr and c pr].$ref le "e""#, r#"a[b pr and c pr and $ref le "e"]"#),
        ("a[b pr or c pr].d lt -1", "a[(b pr or c pr) and d lt -1]"),
    ];
    for (text, canonical) in rows {
        let filter = parse(text, &Limits::default(), &Tolerances::lenient()).unwrap();
        assert_eq!(filter.to_string(), canonical, "{text}");
    }
}

#[test]
fn limits_are_what_is_just_allowed() {
    // E-10.
    let limits = Limits { length: 40, depth: 2, terms: 3 };
    let text = |bytes: usize| format!(r#"title eq "{}""#, "x".repeat(bytes - 11));
    let rows = [
        (text(40), true),
        (text(41), false),
        ("((title pr))".to_owned(), true),
        ("(((title pr)))".to_owned(), false),
        ("not (not (title pr))".to_owned(), true),
        ("not (not (not (title pr)))".to_owned(), false),
        ("emails[(type pr)]".to_owned(), true),
        ("emails[((type pr))]".to_owned(), false),
        ("(a pr) and (b pr) and (c pr)".to_owned(), true),
        ("a pr and b pr and c pr or d pr".to_owned(), false),
        ("a pr and b[c pr and d pr]".to_owned(), true),
        ("a pr and b[c pr and d pr and e pr]".to_owned(), false),
    ];
    for (filter, accepted) in rows {
        assert_eq!(parse(&filter, &limits, &Tolerances::strict()).is_ok(), accepted, "E-10 {filter}");
    }
}

#[test]
fn a_refusal_names_the_position() {
    // E-10, EF-65.
    let rows = [
        (r#"userName regex "b.*""#, "position 10", "`regex`"),
        ("title pr and ", "position 14", "attribute name"),
        ("displayName eq \"Zo\u{eb}\" xor", "position 22", "`and`, `or`"),
        ("(userName pr", "position 13", "`)`"),
        ("emails[ims[value pr]]", "position 11", "brackets"),
        ("not title pr", "position 1", "parentheses"),
        ("na!me pr", "position 1", "`na!me`"),
        ("emails[1x pr]", "position 8", "`1x`"),
        ("emails[type pr].1x pr", "position 17", "sub-attribute"),
        (r#"title "x""#, "position 7", "an operator is expected"),
        ("title eq", "position 9", "expected after `eq`"),
        ("title eq (", "position 10", "a value is expected"),
        ("title eq x", "position 10", "`x` is not a JSON value"),
        (r#"title eq "x"#, "position 10", "not closed"),
        (r#"title eq "\q""#, "position 10", "an escape"),
        ("title pr ", "position 9", "space after"),
        ("title ", "position 7", "operator"),
        ("title eq  5", "position 9", "one space"),
        ("emails[type eq \"work\"].", "position 24", "sub-attribute"),
    ];
    for (filter, position, cause) in rows {
        let error = parse(filter, &Limits::default(), &Tolerances::strict()).unwrap_err();
        assert!(error.detail().contains(position), "{filter}: {error}");
        assert!(error.detail().contains(cause), "{filter}: {error}");
    }
}
