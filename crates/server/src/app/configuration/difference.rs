//! What applying a file would do to what is stored.

use rollcall_scim::fold::fold;
use serde_json::{Value, json};

use super::keys::teams;
use super::{Entity, Key, Kind};

/// How a file is meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// What is not mentioned of a company that is mentioned goes.
    pub prune: bool,
    /// Domains that the file calls verified are so, by the operator's word.
    pub trust_domains: bool,
}

/// One thing that changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It comes into being.
    Add(Entity),
    /// One of its values changes.
    Change {
        /// Whose.
        key: Key,
        /// Which.
        name: String,
        /// As it is; null if nothing was said of it so far.
        from: Value,
        /// As it shall be.
        to: Value,
        /// Where the file says so.
        line: usize,
    },
    /// It goes.
    Remove(Key),
}

impl Step {
    /// Whose step it is.
    pub fn key(&self) -> &Key {
        match self {
            Self::Add(entity) => &entity.key,
            Self::Change { key, .. } | Self::Remove(key) => key,
        }
    }

    /// For programs.
    pub fn line(&self) -> Value {
        let key = self.key();
        let mut line = json!({"kind": key.kind, "company": key.company, "name": key.name});
        let more = match self {
            Self::Add(_) => json!({"step": "add"}),
            Self::Change { name, from, to, .. } => json!({"step": "change", "value": name, "from": from, "to": to}),
            Self::Remove(_) => json!({"step": "remove"}),
        };
        if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        line
    }
}

/// Everything that would change, and remarks about what would not although the file says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// In the order of the file; what goes comes last.
    pub steps: Vec<Step>,
    /// One sentence each.
    pub remarks: Vec<String>,
}

/// Compares what is stored with what is wanted.
pub fn difference(current: &[Entity], wanted: &[Entity], reading: Reading) -> Difference {
    let mut found = Difference::default();
    for entity in wanted {
        match current.iter().find(|one| one.key == entity.key) {
            Some(stored) => changes(stored, entity, reading, &mut found),
            None => add(entity, reading, &mut found),
        }
    }
    let mentioned =
        |company: &String| wanted.iter().any(|one| one.key.kind == Kind::Company && one.key.company == *company);
    let rest = current.iter().filter(|one| mentioned(&one.key.company));
    let rest: Vec<&Key> = rest.map(|one| &one.key).filter(|key| !wanted.iter().any(|one| one.key == **key)).collect();
    if reading.prune {
        let (stay, go): (Vec<&Key>, Vec<&Key>) = rest.into_iter().partition(|key| key.kind == Kind::Organization);
        found.remarks.extend(stay.iter().map(|key| format!("{key} stays: organizations are never removed")));
        // Connections before the domains that they have.
        found.steps.extend(go.iter().rev().map(|key| Step::Remove((*key).clone())));
    } else if !rest.is_empty() {
        let names: Vec<String> = rest.iter().map(ToString::to_string).collect();
        found.remarks.push(format!("not mentioned, stays as it is: {}", names.join(", ")));
    }
    found
}

fn add(entity: &Entity, reading: Reading, found: &mut Difference) {
    let mut entity = entity.clone();
    if entity.value("state") == Some(&json!("verified")) && !reading.trust_domains {
        found.remarks.push(format!("{} waits for its TXT record; `--trust-domains` is your word instead", entity.key));
    }
    if entity.value("enforce_sso") == Some(&json!(true)) {
        entity.values.remove("enforce_sso");
        let sentence = "does not enforce SSO yet (E-9): sign in through it once, and apply the file again";
        found.remarks.push(format!("{} {sentence}", entity.key));
    }
    found.steps.push(Step::Add(entity));
}

fn changes(stored: &Entity, wanted: &Entity, reading: Reading, found: &mut Difference) {
    for (name, given) in &wanted.values {
        let from = stored.value(name).cloned().unwrap_or_default();
        let to = match name.as_str() {
            "state" if given.value != json!("verified") || from == json!("verified") => continue,
            "state" if !reading.trust_domains => {
                let sentence = "waits for its TXT record; `--trust-domains` is your word instead";
                found.remarks.push(format!("{} {sentence}", wanted.key));
                continue;
            }
            "default_team" if same_team(&from, &given.value) => continue,
            // The target of a domain is not taken back; turning auto-provisioning off is enough.
            "organization" if given.value == json!("") => continue,
            "teams" => Value::from(teams_then(&stored.texts(name), &wanted.texts(name), reading.prune)),
            _ => given.value.clone(),
        };
        if from != to {
            let (key, name) = (wanted.key.clone(), name.clone());
            found.steps.push(Step::Change { key, name, from, to, line: given.line });
        }
    }
}

/// Two spellings of one name.
fn same_team(one: &Value, other: &Value) -> bool {
    one.as_str().map(fold) == other.as_str().map(fold)
}

/// Names of teams as they would be: a team keeps the spelling that it has.
fn teams_then(stored: &[String], wanted: &[String], prune: bool) -> Vec<String> {
    let kept = stored.iter().filter(|one| !prune || wanted.iter().any(|name| fold(name) == fold(one)));
    teams(kept.chain(wanted).cloned().collect())
}
