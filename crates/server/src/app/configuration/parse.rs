//! Reading a configuration file: every mistake at once, each with its line and what was expected.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{normal, specs};
use super::{Entity, Given, Key, Kind, Mistake};

/// Bytes of a file: more than any configuration has.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The entities of a file in their order, or all of its mistakes.
pub fn parse(text: &str) -> Result<Vec<Entity>, Vec<Mistake>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut file = File { text, mistakes: Vec::new(), entities: Vec::new() };
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        file.mistakes.push(Mistake { line: file.line(at), problem: format!("this is no TOML: {}", error.message()) });
    }
    // A text that is no TOML is not judged further: what follows the mistake may be read as something else.
    if file.mistakes.is_empty() {
        file.companies(document.get_ref());
        file.refuse_doubles();
    }
    file.mistakes.sort();
    file.mistakes.dedup();
    if file.mistakes.is_empty() { Ok(file.entities) } else { Err(file.mistakes) }
}

/// A table and where it begins.
#[derive(Clone, Copy)]
struct Table<'t> {
    at: usize,
    table: &'t DeTable<'t>,
}

struct File<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
    entities: Vec<Entity>,
}

impl File<'_> {
    /// The line of a place, from 1.
    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        before.split(|byte| *byte == b'\n').count()
    }

    fn wrong(&mut self, at: usize, problem: String) {
        let line = self.line(at);
        self.mistakes.push(Mistake { line, problem });
    }

    fn companies(&mut self, document: &DeTable<'_>) {
        for (name, value) in document {
            if name.get_ref() != "company" {
                let problem = format!("`{}` is nothing known; expected [[company]]", name.get_ref());
                self.wrong(name.span().start, problem);
                continue;
            }
            for company in self.tables(value, "company") {
                let Some(name) = self.name(company) else { continue };
                let key = Key { kind: Kind::Company, company: name.clone(), name: name.clone() };
                self.entity(key, company);
                for kind in [Kind::Organization, Kind::Domain, Kind::Connection] {
                    let Some(value) = company.table.get(kind.word()) else { continue };
                    for table in self.tables(value, &format!("company.{}", kind.word())) {
                        let Some(its) = self.name(table) else { continue };
                        let its = if kind == Kind::Domain { its.to_ascii_lowercase() } else { its };
                        self.entity(Key { kind, company: name.clone(), name: its }, table);
                    }
                }
            }
        }
    }

    /// The tables of a list of tables.
    fn tables<'t>(&mut self, value: &'t Spanned<DeValue<'t>>, name: &str) -> Vec<Table<'t>> {
        let mut tables = Vec::new();
        let Some(all) = value.get_ref().as_array() else {
            self.wrong(value.span().start, format!("expected [[{name}]], which may stand several times"));
            return tables;
        };
        for one in all {
            match one.get_ref() {
                DeValue::Table(table) => tables.push(Table { at: one.span().start, table }),
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_) => self.wrong(one.span().start, format!("expected a table: [[{name}]]")),
            }
        }
        tables
    }

    fn name(&mut self, table: Table<'_>) -> Option<String> {
        let Some(name) = table.table.get("name") else {
            self.wrong(table.at, "it has no `name`; expected `name = \"...\"`".to_owned());
            return None;
        };
        let text = name.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(name.span().start, "`name`: expected a text".to_owned());
        }
        text.map(str::to_owned)
    }

    fn entity(&mut self, key: Key, table: Table<'_>) {
        let mut values = BTreeMap::new();
        for (name, value) in table.table {
            let (name, at) = (name.get_ref().as_ref(), name.span().start);
            let nested = key.kind == Kind::Company && matches!(name, "organization" | "domain" | "connection");
            if name == "name" || nested {
                continue;
            }
            let Some(spec) = specs(key.kind).iter().find(|spec| spec.name == name) else {
                let known: Vec<&str> = specs(key.kind).iter().map(|spec| spec.name).collect();
                let problem = format!(
                    "`{name}` is nothing known of a {}; expected one of: {}",
                    key.kind.word(),
                    known.join(", ")
                );
                self.wrong(at, problem);
                continue;
            };
            match json(value.get_ref()).and_then(|value| normal(spec.form, &value)) {
                Ok(value) => drop(values.insert(name.to_owned(), Given { line: self.line(at), value })),
                Err(problem) => self.wrong(at, format!("`{name}`: {problem}")),
            }
        }
        let line = self.line(table.at);
        self.entities.push(Entity { key, line, values });
    }

    fn refuse_doubles(&mut self) {
        let mut seen: BTreeMap<Key, usize> = BTreeMap::new();
        for entity in &self.entities {
            if let Some(first) = seen.get(&entity.key) {
                let problem = format!("{} stands in line {first} already", entity.key);
                self.mistakes.push(Mistake { line: entity.line, problem });
            } else {
                seen.insert(entity.key.clone(), entity.line);
            }
        }
    }
}

fn json(value: &DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(yes) => Value::from(*yes),
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix());
            Value::from(read.map_err(|_| format!("`{}` is too large", number.as_str()))?)
        }
        DeValue::Float(number) => {
            let read = number.as_str().parse().ok().and_then(Number::from_f64);
            Value::Number(read.ok_or_else(|| format!("`{}` is no number", number.as_str()))?)
        }
        DeValue::Datetime(_) => return Err("expected no instant; put it in quotes to make it a text".to_owned()),
        DeValue::Array(all) => Value::Array(all.iter().map(|one| json(one.get_ref())).collect::<Result<_, _>>()?),
        DeValue::Table(table) => {
            let member = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                Ok((name.clone().into_owned(), json(value.get_ref())?))
            };
            Value::Object(table.iter().map(member).collect::<Result<Map<_, _>, String>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each mistake as `line: problem`.
    fn mistakes(text: &str) -> Vec<String> {
        parse(text).unwrap_err().iter().map(|mistake| format!("{}: {}", mistake.line, mistake.problem)).collect()
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text = "\
[[company]]
name = \"acme\"
colour = \"red\"

[[company.organization]]
name = \"acme\"
seats = \"many\"
teams = \"writers\"

[[company.organization]]
name = \"acme\"

[[company.connection]]
jit = true

[[company.connection]]
name = \"sso\"
jit = \"yes\"
on_new_subject = \"replace\"

[company.connection.brake]
count = \"few\"

[company.connection.oidc]
issuer = \"https://idp.example\"

[compny]
";
        let all = mistakes(text);
        let expected = [
            "3: `colour` is nothing known of a company; expected one of: ",
            "7: `seats`: expected a number, or \"unlimited\"",
            "8: `teams`: expected a list of texts",
            "10: organization acme of acme stands in line 5 already",
            "13: it has no `name`; expected `name = \"...\"`",
            "18: `jit`: expected true or false",
            "19: `on_new_subject`: expected \"refuse\" or \"link\"",
            "21: `brake`: invalid type: string \"few\", expected u32; expected a table of numbers",
            "24: `oidc`: missing field `client_id`; expected the table of an OpenID provider",
            "27: `compny` is nothing known; expected [[company]]",
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_text_that_is_no_toml_says_where() {
        let all = mistakes("[[company]]\nname = \"acme\"\nseats == 3\n");
        assert!(all[0].starts_with("3: this is no TOML"), "{all:?}");
    }
}
