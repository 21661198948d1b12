//! Tables for spreadsheets (RFC 4180).

/// A line.
pub fn line<T: AsRef<str>>(fields: &[T]) -> String {
    let fields: Vec<String> = fields.iter().map(|text| field(text.as_ref())).collect();
    format!("{}\r\n", fields.join(","))
}

/// A field that no program takes for a formula, whatever people call themselves.
fn field(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_a_formula_and_every_field_reads_back() {
        for (text, expected) in [
            ("Ada Lovelace", "Ada Lovelace"),
            ("Ada \"Countess\"", "\"Ada \"\"Countess\"\"\""),
            ("", ""),
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("a, b", "\"a, b\""),
            ("a\nb", "\"a\nb\""),
            ("O'Brien", "O'Brien"),
            ("anne-marie@acme.example", "anne-marie@acme.example"),
        ] {
            assert_eq!(field(text), expected, "{text:?}");
        }
        assert_eq!(line(&["a", "b,c"]), "a,\"b,c\"\r\n");
    }
}
