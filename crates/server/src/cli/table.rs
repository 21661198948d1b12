//! Lists: a table for whoever sits at a terminal, plain lines with tabs for pipes, JSON lines with `--json`.

use comfy_table::presets::NOTHING;
use serde::Serialize;

use super::output::Output;

/// Rows that are gathered for one table at a terminal; a longer list is several tables.
const MOST_ROWS: usize = 1_000;

/// A list that is being said, row by row.
#[derive(Debug)]
pub(super) struct Table<'a> {
    output: &'a mut Output,
    header: &'static [&'static str],
    rows: Vec<Vec<String>>,
    begun: bool,
}

impl<'a> Table<'a> {
    /// A list with these columns.
    pub(super) fn begin(output: &'a mut Output, header: &'static [&'static str]) -> Self {
        Self { output, header, rows: Vec::new(), begun: false }
    }

    /// One row: `line` is said with `--json`, the cells otherwise. Pipes get it at once, so any number of rows is fine.
    pub(super) fn row(&mut self, line: &impl Serialize, cells: impl FnOnce() -> Vec<String>) {
        self.begun = true;
        if !self.output.is_terminal() {
            self.output.say(line, || joined(&cells()));
            return;
        }
        self.rows.push(cells());
        if self.rows.len() >= MOST_ROWS {
            self.flush();
        }
    }

    /// Ends the list; `none` is what a person reads if it was empty. Programs read nothing then.
    pub(super) fn end(mut self, none: &str) {
        if self.begun {
            self.flush();
        } else if self.output.is_terminal() {
            self.output.say(&(), || none.to_owned());
        }
    }

    fn flush(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        if !rows.is_empty() {
            self.output.say(&(), || drawn(self.header, &rows));
        }
    }
}

/// `acme<tab>active`: for `cut` and `while read`. Empty cells are `-`, so that columns stay where they are.
fn joined(cells: &[String]) -> String {
    cells.iter().map(|cell| shown(cell)).collect::<Vec<String>>().join("\t")
}

fn drawn(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(NOTHING).set_header(header);
    for row in rows {
        table.add_row(row.iter().map(|cell| shown(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// What others have written cannot move the cursor, change colours or begin a new line.
fn shown(cell: &str) -> String {
    if cell.is_empty() {
        return "-".to_owned();
    }
    cell.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        vec![row(["acme", "active"]), row(["umbrella-eu", ""]), row(["evil\u{1b}[2J\n", "on\tfire"])]
    }

    #[test]
    fn people_read_columns() {
        let expected =
            "NAME         STATE\nacme         active\numbrella-eu  -\nevil\u{fffd}[2J\u{fffd}    on\u{fffd}fire";
        assert_eq!(drawn(&["NAME", "STATE"], &rows()), expected);
    }

    #[test]
    fn pipes_get_one_line_a_row() {
        let lines: Vec<String> = rows().iter().map(|row| joined(row)).collect();
        assert_eq!(lines, ["acme\tactive", "umbrella-eu\t-", "evil\u{fffd}[2J\u{fffd}\ton\u{fffd}fire"]);
    }
}
