//! One value as it was given: a TOML value from the file, or text from a variable or a flag.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// A value that is not checked yet. Text may spell numbers and booleans, since variables and flags know nothing else.
#[derive(Debug)]
pub(super) enum Given<'a> {
    /// From the configuration file.
    Toml(&'a toml::Value),
    /// From the environment or the command line.
    Text(&'a str),
}

impl Given<'_> {
    pub(super) fn text(&self) -> Result<&str, String> {
        let text = match self {
            Self::Text(text) => text,
            Self::Toml(toml::Value::String(text)) => text.as_str(),
            Self::Toml(other) => return Err(expected("a text in quotes", other)),
        };
        if text.trim().is_empty() { Err("is empty; give a value or leave it out".to_owned()) } else { Ok(text) }
    }

    /// A text that parses as `T`; the sentence of a failed parse becomes the problem.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self) -> Result<T, String> {
        self.text()?.trim().parse().map_err(|error: T::Err| error.to_string())
    }

    pub(super) fn address(&self) -> Result<SocketAddr, String> {
        let text = self.text()?.trim();
        let numeric =
            text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
        numeric
            .parse()
            .map_err(|_| format!("`{text}` is no address; expected an IP address and a port such as `127.0.0.1:8080`"))
    }

    /// An address whose port may be left out: name servers listen on 53.
    pub(super) fn name_server(&self) -> Result<SocketAddr, String> {
        let text = self.text()?.trim();
        text.parse().or_else(|_| text.parse().map(|ip| SocketAddr::new(ip, 53))).map_err(|_| {
            format!("`{text}` is no name server; expected an IP address such as `192.0.2.53` or `127.0.0.1:5353`")
        })
    }

    pub(super) fn boolean(&self) -> Result<bool, String> {
        match self {
            Self::Toml(toml::Value::Boolean(value)) => Ok(*value),
            Self::Text("true") => Ok(true),
            Self::Text("false") => Ok(false),
            Self::Text(text) => Err(format!("`{text}` is neither `true` nor `false`")),
            Self::Toml(other) => Err(expected("`true` or `false`", other)),
        }
    }

    /// A whole number in the range, which the problem names.
    pub(super) fn number(&self, range: RangeInclusive<u32>) -> Result<u32, String> {
        let number = match self {
            Self::Toml(toml::Value::Integer(value)) => Some(*value),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Toml(_) => None,
        };
        number.and_then(|number| u32::try_from(number).ok()).filter(|number| range.contains(number)).ok_or_else(|| {
            let given = match self {
                Self::Text(text) => (*text).to_owned(),
                Self::Toml(value) => value.to_string(),
            };
            format!("`{given}` is out of range; expected a whole number from {} to {}", range.start(), range.end())
        })
    }

    pub(super) fn size(&self, range: RangeInclusive<u32>) -> Result<usize, String> {
        Ok(usize::try_from(self.number(range)?).unwrap_or(usize::MAX))
    }

    pub(super) fn seconds(&self, range: RangeInclusive<u32>) -> Result<Duration, String> {
        Ok(Duration::from_secs(self.number(range)?.into()))
    }

    /// A list of texts; in a variable or flag they are separated by commas.
    pub(super) fn list<T: FromStr<Err = String>>(&self) -> Result<Vec<T>, String> {
        match self {
            Self::Text(text) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::parse).collect()
            }
            Self::Toml(toml::Value::Array(items)) => {
                items.iter().map(|item| Given::Toml(item).text().and_then(str::parse)).collect()
            }
            Self::Toml(other) => Err(expected("a list of texts", other)),
        }
    }
}

fn expected(what: &str, found: &toml::Value) -> String {
    format!("expected {what}, found {} `{found}`", found.type_str())
}
