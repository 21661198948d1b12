//! How many checks passed and failed, by subject and database.

use crate::shell;

/// Which database a check ran on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum On {
    /// None at all.
    Neither,
    /// The embedded one.
    Sqlite,
    /// A server.
    Postgres,
}

impl On {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Neither => "no database",
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// The counts of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    subject: String,
    on: On,
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Adds counts to a subject.
    pub(crate) fn add(&mut self, subject: &str, on: On, passed: usize, failed: usize) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.subject == subject && row.on == on) {
            row.passed += passed;
            row.failed += failed;
        } else {
            self.rows.push(Row { subject: subject.to_owned(), on, passed, failed });
        }
    }

    /// Adds the tests that `cargo test` or `cargo nextest` named; a test says in its name which database it uses.
    pub(crate) fn add_tests(&mut self, subject: &str, lines: &[String]) {
        for (name, passed) in lines.iter().filter_map(|line| named(line)) {
            let on = match name {
                name if name.contains("postgres") => On::Postgres,
                name if name.contains("sqlite") => On::Sqlite,
                _ => On::Neither,
            };
            self.add(subject, on, usize::from(passed), usize::from(!passed));
        }
    }

    /// All that failed.
    pub(crate) fn failed(&self) -> usize {
        self.rows.iter().map(|row| row.failed).sum()
    }

    /// A line for each subject, one for each database, and the sum last.
    pub(crate) fn write(&self) {
        shell::say("");
        for row in &self.rows {
            let Row { subject, on, passed, failed } = row;
            shell::say(&format!("{subject} ({}): {passed} passed, {failed} failed", on.name()));
        }
        for on in [On::Sqlite, On::Postgres] {
            let of = |count: fn(&Row) -> usize| self.rows.iter().filter(|row| row.on == on).map(count).sum::<usize>();
            shell::say(&format!(
                "all on {}: {} passed, {} failed",
                on.name(),
                of(|row| row.passed),
                of(|row| row.failed)
            ));
        }
        let passed: usize = self.rows.iter().map(|row| row.passed).sum();
        shell::say(&format!("{passed} passed, {} failed", self.failed()));
    }
}

/// The test that a line of output is about, and whether it passed.
fn named(line: &str) -> Option<(&str, bool)> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("test ") {
        return match rest.rsplit_once(" ... ")? {
            (name, "ok") => Some((name, true)),
            (name, "FAILED") => Some((name, false)),
            _ => None,
        };
    }
    let (word, rest) = line.split_once(" [")?;
    let name = rest.split_once(']')?.1.trim();
    match word {
        "PASS" | "LEAK" => Some((name, true)),
        "FAIL" | "TIMEOUT" | "SIGABRT" | "SIGSEGV" | "SIGKILL" => Some((name, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<(&str, bool)>) {
        assert_eq!(named(line), expected, "{line}");
    }

    #[test]
    fn both_test_runners_are_understood() {
        check("test unit::writes::sqlite ... ok", Some(("unit::writes::sqlite", true)));
        check("test unit::writes::postgres ... FAILED", Some(("unit::writes::postgres", false)));
        check("test slow ... ignored", None);
        check("        PASS [   0.011s] rollcall-scim patch::adds", Some(("rollcall-scim patch::adds", true)));
        check(
            "        FAIL [   1.2s] (3/9) rollcall-scim patch::adds",
            Some(("(3/9) rollcall-scim patch::adds", false)),
        );
        check("     Summary [   0.5s] 3 tests run: 3 passed, 0 skipped", None);
    }

    #[test]
    fn tests_are_counted_by_the_database_they_name() {
        let mut tally = Tally::default();
        tally.add_tests("workspace", &["test a::sqlite ... ok".to_owned(), "test a::postgres ... FAILED".to_owned()]);
        assert_eq!(tally.failed(), 1);
        assert_eq!(tally.rows.iter().map(|row| row.on).collect::<Vec<_>>(), [On::Sqlite, On::Postgres]);
    }
}
