//! Reads file, environment and flags into one [`Config`], and collects every problem on the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::given::Given;
use super::keys::{KEYS, environment_name, nearest};
use super::mail::MailDraft;
use super::{Config, Problem, Transport};

/// Keys that were set by flags, by the key's name; values are text.
pub type Flags = BTreeMap<&'static str, String>;

/// A checked configuration, and what the operator should hear about it all the same.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// `ROLLCALL_*` variables that mean nothing to this version.
    pub unknown_variables: Vec<String>,
}

/// What was read so far; some keys make sense together only.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) config: Config,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) behind_proxy: bool,
    pub(super) mail: MailDraft,
}

/// The process's `ROLLCALL_*` variables; the only place that reads the environment.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with("ROLLCALL_"))
        .collect()
}

/// Reads all sources. `file` is the flag `--config`; without it `ROLLCALL_CONFIG` may name the file.
pub fn load(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &Flags,
) -> Result<Loaded, Vec<Problem>> {
    let mut draft = Draft::default();
    let mut problems = Vec::new();
    let file = file.map(Path::to_owned).or_else(|| environment.get("ROLLCALL_CONFIG").map(PathBuf::from));
    if let Some(file) = file {
        read_file(&file, &mut draft, &mut problems);
    }
    for key in KEYS {
        let variable = environment_name(key.name);
        if let Some(text) = environment.get(&variable) {
            take(&mut draft, key.name, &Given::Text(text), &variable, &mut problems);
        }
    }
    for (name, text) in flags {
        take(&mut draft, name, &Given::Text(text), &flag_name(name), &mut problems);
    }
    let config = finish(draft, &mut problems);
    if problems.is_empty() { Ok(Loaded { config, unknown_variables: unknown(environment) }) } else { Err(problems) }
}

fn read_file(file: &Path, draft: &mut Draft, problems: &mut Vec<Problem>) {
    let place = file.display().to_string();
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return problems.push(Problem::new(place, format!("the file cannot be read: {error}"))),
    };
    match text.parse::<toml::Table>() {
        Ok(table) => walk(&table, "", &place, draft, problems),
        Err(error) => {
            let line = error.span().map_or(1, |span| text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
            problems
                .push(Problem::new(format!("{place}, line {line}"), format!("this is not TOML: {}", error.message())));
        }
    }
}

fn walk(table: &toml::Table, prefix: &str, place: &str, draft: &mut Draft, problems: &mut Vec<Problem>) {
    for (name, value) in table {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let is_table = KEYS.iter().any(|key| key.name.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.')));
        match value.as_table().filter(|_| is_table) {
            Some(inner) => walk(inner, &name, place, draft, problems),
            None => take(draft, &name, &Given::Toml(value), place, problems),
        }
    }
}

fn take(draft: &mut Draft, name: &str, given: &Given<'_>, place: &str, problems: &mut Vec<Problem>) {
    let problem = match KEYS.iter().find(|key| key.name == name) {
        Some(key) => match (key.take)(draft, given) {
            Ok(()) => return,
            Err(problem) => format!("`{name}`: {problem}"),
        },
        None => match nearest(name) {
            Some(known) => format!("`{name}` is no key; did you mean `{known}`?"),
            None => format!("`{name}` is no key; `rollcall check-config --help` lists them all"),
        },
    };
    problems.push(Problem::new(place, problem));
}

/// The flag that sets a key; only few keys have one.
fn flag_name(key: &str) -> String {
    let flag = match key {
        "tls.certificate" => "tls-cert".to_owned(),
        "tls.key" => "tls-key".to_owned(),
        "migrate" => "no-migrate".to_owned(),
        "dns.server" => "dns".to_owned(),
        other => other.replace(['_', '.'], "-"),
    };
    format!("--{flag}")
}

/// The rules between keys.
fn finish(draft: Draft, problems: &mut Vec<Problem>) -> Config {
    let mut config = draft.config;
    let mut wrong = |problem: String| problems.push(Problem::new("configuration", problem));
    config.mail = draft.mail.finish(&mut wrong);
    config.transport = match (draft.certificate, draft.key, draft.behind_proxy) {
        (Some(certificate), Some(key), false) => Transport::Tls { certificate, key },
        (None, None, true) => Transport::BehindProxy,
        (None, None, false) => Transport::Plain,
        (Some(_), None, _) => {
            wrong("`tls.certificate` is set without `tls.key`; give both or none".to_owned());
            Transport::Plain
        }
        (None, Some(_), _) => {
            wrong("`tls.key` is set without `tls.certificate`; give both or none".to_owned());
            Transport::Plain
        }
        (Some(_), Some(_), true) => {
            wrong(
                "`behind_proxy` and `tls.certificate` exclude each other; either the proxy ends TLS or the server"
                    .to_owned(),
            );
            Transport::BehindProxy
        }
    };
    // I-7: credentials never cross a network in the clear.
    if config.transport == Transport::Plain && !config.listen.ip().is_loopback() && problems.is_empty() {
        let listen = config.listen;
        problems.push(Problem::new(
            "configuration",
            format!(
                "`listen` {listen} can be reached from other machines, and without TLS; give `tls.certificate` and `tls.key` \
                 (--tls-cert, --tls-key), or `behind_proxy` (--behind-proxy) if a proxy in front ends TLS"
            ),
        ));
    }
    if config.scim.default_page > config.scim.max_results {
        let (page, most) = (config.scim.default_page, config.scim.max_results);
        problems.push(Problem::new(
            "configuration",
            format!("`scim.default_page` {page} is over `scim.max_results` {most}"),
        ));
    }
    config
}

/// Variables that nobody reads. Names that container platforms inject for a service called `rollcall` are left out.
fn unknown(environment: &BTreeMap<String, String>) -> Vec<String> {
    environment
        .keys()
        .filter(|name| *name != "ROLLCALL_CONFIG" && !KEYS.iter().any(|key| environment_name(key.name) == **name))
        .filter(|name| !name.starts_with("ROLLCALL_SERVICE_") && !name.starts_with("ROLLCALL_PORT"))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests;
