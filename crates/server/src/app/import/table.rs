//! A table of users: its header names SCIM attributes, such as `userName,externalId,name.givenName,emails.work,active`.

use std::collections::BTreeSet;

use rollcall_scim::schema::user;
use serde_json::{Map, Value, json};

/// Which attribute each column holds.
#[derive(Clone, Debug)]
pub struct Columns(Vec<Column>);

#[derive(Clone, Debug)]
struct Column {
    title: String,
    /// The extension it belongs to.
    container: Option<String>,
    name: String,
    /// What follows the dot: a sub-attribute, or the type of an element.
    part: Option<String>,
}

/// Attributes with several values, of which a column holds the one of a type.
const LISTS: &[&str] = &["emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates"];

impl Columns {
    /// From the first line.
    pub fn of(header: &str) -> Result<Self, String> {
        let titles = fields(header)?;
        let mut seen = BTreeSet::new();
        let mut columns = Vec::new();
        for title in titles {
            let title = title.trim().to_owned();
            if title.is_empty() {
                return Err("a column has no name; expected names of SCIM attributes".to_owned());
            }
            if !seen.insert(title.to_ascii_lowercase()) {
                return Err(format!("`{title}` stands twice"));
            }
            columns.push(Column::of(title)?);
        }
        if columns.iter().any(|column| column.is("userName")) {
            Ok(Self(columns))
        } else {
            Err("this is neither JSON nor a table of users; expected a column `userName`".to_owned())
        }
    }

    /// The user of a row; empty fields say nothing.
    pub fn body(&self, fields: &[String]) -> Result<Map<String, Value>, String> {
        if fields.len() != self.0.len() {
            return Err(format!("{} fields; expected {}, as many as the header has", fields.len(), self.0.len()));
        }
        let mut body = Map::new();
        body.insert("schemas".to_owned(), json!([]));
        for (column, field) in self.0.iter().zip(fields).filter(|(_, field)| !field.trim().is_empty()) {
            column.put(field.trim(), &mut body)?;
        }
        let extensions = body.keys().filter(|name| name.starts_with("urn:")).cloned();
        let schemas: Vec<String> = std::iter::once(user::URN.to_owned()).chain(extensions).collect();
        body.insert("schemas".to_owned(), Value::from(schemas));
        Ok(body)
    }
}

impl Column {
    fn of(title: String) -> Result<Self, String> {
        let (container, path) = match title.rsplit_once(':') {
            Some((urn, path)) if title.to_ascii_lowercase().starts_with("urn:") => (Some(urn.to_owned()), path),
            Some(_) | None => (None, title.as_str()),
        };
        let mut parts = path.split('.').map(str::to_owned);
        let (name, part, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        if name.is_empty() || part.as_ref().is_some_and(String::is_empty) || more.is_some() {
            return Err(format!("`{title}` is no attribute; expected one such as `name.givenName` or `emails.work`"));
        }
        Ok(Self { title, container, name, part })
    }

    fn is(&self, name: &str) -> bool {
        self.container.is_none() && self.part.is_none() && self.name.eq_ignore_ascii_case(name)
    }

    fn put(&self, field: &str, body: &mut Map<String, Value>) -> Result<(), String> {
        let value = if self.is("active") {
            let yes = field.to_ascii_lowercase().parse::<bool>();
            Value::from(yes.map_err(|_| format!("`{}` is `{field}`; expected true or false", self.title))?)
        } else {
            Value::from(field)
        };
        let within = match &self.container {
            Some(urn) => object(body, urn),
            None => Some(body),
        };
        let stood = within.and_then(|within| self.put_in(within, value));
        stood.ok_or_else(|| format!("`{}` contradicts another column", self.title))
    }

    fn put_in(&self, within: &mut Map<String, Value>, value: Value) -> Option<()> {
        match &self.part {
            None => within.insert(self.name.clone(), value).is_none().then_some(()),
            Some(kind) if LISTS.iter().any(|list| list.eq_ignore_ascii_case(&self.name)) => {
                let list = within.entry(self.name.clone()).or_insert_with(|| json!([])).as_array_mut()?;
                let first = list.is_empty().then(|| ("primary".to_owned(), Value::Bool(true)));
                let element = [("value".to_owned(), value), ("type".to_owned(), json!(kind))].into_iter().chain(first);
                list.push(Value::Object(element.collect()));
                Some(())
            }
            Some(part) => object(within, &self.name)?.insert(part.clone(), value).is_none().then_some(()),
        }
    }
}

fn object<'a>(within: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    within.entry(name.to_owned()).or_insert_with(|| json!({})).as_object_mut()
}

/// The fields of a row (RFC 4180): separated by commas, quoted where they hold commas, quotes or line breaks.
pub fn fields(row: &str) -> Result<Vec<String>, String> {
    let row = row.strip_suffix('\n').unwrap_or(row);
    let row = row.strip_suffix('\r').unwrap_or(row);
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut characters = row.chars().peekable();
    let (mut quoted, mut closed) = (false, false);
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => (quoted, closed) = (false, true),
            '"' if field.is_empty() && !closed => quoted = true,
            ',' if !quoted => {
                fields.push(std::mem::take(&mut field));
                closed = false;
            }
            _ if closed => return Err("something follows a quoted field; expected a comma".to_owned()),
            other => field.push(other),
        }
    }
    if quoted {
        return Err("a quoted field does not end".to_owned());
    }
    fields.push(field);
    Ok(fields)
}
