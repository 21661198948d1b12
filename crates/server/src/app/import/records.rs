//! The resources of a file, one after another: lines of JSON, or a table (RFC 4180) with a header.

use std::io::{BufRead, Read};

use serde_json::Value;

use super::table::{Columns, fields};
use super::{BadLine, Record};

/// Bytes of one line. A group of a hundred thousand members has some ten million.
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Reads resources. A failure of the file itself ends it.
#[derive(Debug)]
pub struct Records<R> {
    from: R,
    line: u64,
    columns: Option<Columns>,
    begun: bool,
}

impl<R: BufRead> Records<R> {
    /// From the beginning of a file.
    pub fn new(from: R) -> Self {
        Self { from, line: 0, columns: None, begun: false }
    }

    /// Whether this is a table, whose users say nothing of what has no column.
    pub fn is_table(&self) -> bool {
        self.columns.is_some()
    }

    /// The next resource; `None` at the end. Empty lines are none.
    pub fn read(&mut self) -> std::io::Result<Option<Result<Record, BadLine>>> {
        loop {
            let Some(text) = self.read_line()? else { return Ok(None) };
            let Ok(text) = text else { return Ok(Some(Err(self.bad("this is no text in UTF-8")))) };
            let text = if self.begun { text.as_str() } else { text.trim_start_matches('\u{feff}') };
            if text.trim().is_empty() {
                continue;
            }
            if !self.begun {
                self.begun = true;
                if !text.trim_start().starts_with('{') {
                    match Columns::of(text) {
                        Ok(columns) => self.columns = Some(columns),
                        Err(problem) => return Ok(Some(Err(self.bad(problem)))),
                    }
                    continue;
                }
            }
            let text = text.to_owned();
            return self.record(text).map(Some);
        }
    }

    fn record(&mut self, mut text: String) -> std::io::Result<Result<Record, BadLine>> {
        let line = self.line;
        let bad = |problem: String| BadLine { line, problem };
        let Some(columns) = self.columns.clone() else {
            return Ok(match serde_json::from_str(text.trim_end()) {
                Ok(Value::Object(body)) => Record::read(line, body),
                Ok(_) => Err(bad("expected a JSON object: one resource a line".to_owned())),
                // The parser has seen but this line.
                Err(error) => Err(bad(format!("this is no JSON: {error}").replace(" at line 1 ", " at "))),
            });
        };
        // A quoted field may hold line breaks.
        while !text.matches('"').count().is_multiple_of(2) {
            match self.read_line()? {
                Some(Ok(more)) if (text.len() as u64) < MOST_BYTES => text.push_str(&more),
                Some(_) | None => return Ok(Err(bad("a quoted field does not end".to_owned()))),
            }
        }
        let body = fields(&text).and_then(|fields| columns.body(&fields));
        Ok(body.map_err(bad).and_then(|body| Record::read(line, body)))
    }

    /// A line with its end.
    fn read_line(&mut self) -> std::io::Result<Option<Result<String, std::string::FromUtf8Error>>> {
        let mut bytes = Vec::new();
        self.from.by_ref().take(MOST_BYTES).read_until(b'\n', &mut bytes)?;
        self.line += 1;
        Ok((!bytes.is_empty()).then(|| String::from_utf8(bytes)))
    }

    fn bad(&self, problem: impl Into<String>) -> BadLine {
        BadLine { line: self.line, problem: problem.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USER: &str = rollcall_scim::schema::user::URN;

    fn read(text: &str) -> Vec<Result<Value, String>> {
        let mut records = Records::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(record) = records.read().unwrap() {
            all.push(record.map(|record| Value::Object(record.body)).map_err(|bad| bad.to_string()));
        }
        all
    }

    #[test]
    fn lines_of_json_lose_what_only_a_server_writes() {
        let text =
            "\u{feff}{\"userName\": \"ada\", \"ID\": \"1\", \"meta\": {}, \"groups\": []}\n\n[]\n{\"a\": 1}\n{\n";
        let all = read(text);
        assert_eq!(all[0], Ok(json!({"userName": "ada"})));
        for (index, sentence) in [
            (1, "line 3: expected a JSON object"),
            (2, "line 4: this is neither a user nor a group"),
            (3, "line 5: this is no JSON"),
        ] {
            assert!(all[index].as_ref().unwrap_err().starts_with(sentence), "{:?}", all[index]);
        }
    }

    #[test]
    fn a_table_has_a_column_for_each_attribute() {
        let text = "userName,name.givenName,emails.work,active,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\r\n\
            ada,\"Ada \"\"Countess\"\"\",ada@acme.example,TRUE,\"R,\nD\"\r\nbob,,,,\r\ncleo,Cleo\r\ndan,,,maybe,\r\n";
        let all = read(text);
        let ada = json!({
            "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "userName": "ada", "name": {"givenName": "Ada \"Countess\""},
            "emails": [{"value": "ada@acme.example", "type": "work", "primary": true}], "active": true,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R,\nD"},
        });
        assert_eq!(all[0], Ok(ada));
        assert_eq!(all[1], Ok(json!({"schemas": [USER], "userName": "bob"})));
        assert!(all[2].as_ref().unwrap_err().starts_with("line 5: 2 fields; expected 5"), "{all:?}");
        assert!(all[3].as_ref().unwrap_err().contains("`active` is `maybe`; expected true or false"), "{all:?}");
    }

    #[test]
    fn a_header_of_something_else_is_refused() {
        for (text, sentence) in [
            ("name.givenName\nAda\n", "expected a column `userName`"),
            ("userName,userName\nada,ada\n", "`userName` stands twice"),
            ("userName,\nada,\n", "a column has no name"),
            ("userName,a.b.c\nada,1\n", "`a.b.c` is no attribute"),
        ] {
            assert!(read(text)[0].as_ref().unwrap_err().contains(sentence), "{text}: {:?}", read(text));
        }
    }
}
