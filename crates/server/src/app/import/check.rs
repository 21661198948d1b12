//! Before anything is pushed: the whole file, held against the schema and against itself.

use std::io::BufRead;

use rollcall_directory::Reader;
use rollcall_policy::{DirectoryGroupId, DirectoryUserId};
use rollcall_scim::catalog::Catalog;
use rollcall_scim::fold::fold;
use rollcall_scim::member::{self, Member};
use rollcall_scim::{Resource, ScimError, Tolerances, resource};
use serde_json::Value;

use super::records::Records;
use super::{BadLine, Record, Subject, hash};
use crate::app::group_members::resource_id;
use crate::app::{AppError, Provider, pushed};

/// Bad lines that are told at most; somebody mends the first ones first.
pub const MOST_TOLD: usize = 10_000;

/// What is known of a file once it was read.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Users in it.
    pub users: u64,
    /// Groups in it.
    pub groups: u64,
    /// What stands in the way of importing it; empty for a good file.
    pub bad: Vec<BadLine>,
    /// Hashes of the ids in it, sorted.
    pub(super) ids: Vec<u128>,
}

/// By what a line is judged.
#[derive(Debug)]
pub struct Judge<'a> {
    /// Schemas.
    pub catalog: &'a Catalog,
    /// What the connection accepts.
    pub tolerances: &'a Tolerances,
    /// Whose directory.
    pub provider: &'a Provider,
    /// What is stored.
    pub reader: &'a Reader,
}

impl Judge<'_> {
    /// The resource that a record describes, and its members.
    pub fn resource(&self, record: &Record) -> Result<(Resource, Vec<Member>), ScimError> {
        let resource_type = match record.subject {
            Subject::User => self.catalog.user(),
            Subject::Group => self.catalog.group(),
        };
        let mut resource = resource::create(resource_type, Value::Object(record.body.clone()), self.tolerances)?;
        let members = match resource.take_members() {
            Some(members) if record.subject == Subject::Group => {
                member::parse_members(Value::Array(members), self.tolerances)?
            }
            Some(_) | None => Vec::new(),
        };
        pushed::check_lengths(&resource)?;
        Ok((resource, members))
    }

    /// Reads a file to its end: each line for itself, and what stands twice.
    pub fn check<R: BufRead>(&self, records: &mut Records<R>, told: &dyn Fn(u64)) -> std::io::Result<Checked> {
        let mut checked = Checked::default();
        let (mut ids, mut names, mut external, mut groups) =
            (Once::default(), Once::default(), Once::default(), Once::default());
        while let Some(record) = records.read()? {
            told(1);
            let record = match record {
                Ok(record) => record,
                Err(bad) => {
                    note(&mut checked.bad, bad);
                    continue;
                }
            };
            let line = record.line;
            if let Some(id) = &record.id {
                ids.note(id, line);
            }
            match self.resource(&record) {
                Err(error) => note(&mut checked.bad, BadLine { line, problem: error.to_string() }),
                Ok((resource, _)) => match record.subject {
                    Subject::User => {
                        checked.users += 1;
                        names.note(&fold(resource.user_name().unwrap_or_default()), line);
                        if let Some(id) = resource.external_id().filter(|id| !id.is_empty()) {
                            external.note(id, line);
                        }
                    }
                    Subject::Group => {
                        checked.groups += 1;
                        groups.note(&fold(resource.display_name().unwrap_or_default()), line);
                    }
                },
            }
        }
        for (what, once) in
            [("id", &mut ids), ("userName", &mut names), ("externalId", &mut external), ("displayName", &mut groups)]
        {
            once.refuse(what, &mut checked.bad);
        }
        checked.ids = ids.0.into_iter().map(|(hash, _)| hash).collect();
        checked.bad.sort();
        Ok(checked)
    }

    /// Reads the file again for its groups: each member is in the file, or in the directory already.
    pub async fn check_members<R: BufRead>(
        &self,
        records: &mut Records<R>,
        checked: &mut Checked,
    ) -> Result<(), MembersError> {
        while let Some(record) = records.read()? {
            let Some(record) = record.ok().filter(|record| record.subject == Subject::Group) else { continue };
            let Ok((_, members)) = self.resource(&record) else { continue };
            for member in members {
                if checked.ids.binary_search(&hash(&member.id)).is_err() && !self.knows(&member.id).await? {
                    let problem = format!("the member `{}` is neither in the file nor in the directory", member.id);
                    note(&mut checked.bad, BadLine { line: record.line, problem });
                }
            }
        }
        checked.bad.sort();
        Ok(())
    }

    async fn knows(&self, id: &str) -> Result<bool, AppError> {
        let Some(id) = resource_id(id) else { return Ok(false) };
        let scope = self.provider.scope;
        Ok(self.reader.user(scope, DirectoryUserId(id)).await?.is_some()
            || self.reader.group(scope, DirectoryGroupId(id)).await?.is_some())
    }
}

/// Why the file could not be read again.
#[derive(Debug, thiserror::Error)]
pub enum MembersError {
    /// The file.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The directory.
    #[error(transparent)]
    App(#[from] AppError),
}

fn note(bad: &mut Vec<BadLine>, line: BadLine) {
    if bad.len() < MOST_TOLD {
        bad.push(line);
    }
}

/// Texts that may stand once, as hashes with their lines.
#[derive(Default)]
struct Once(Vec<(u128, u64)>);

impl Once {
    fn note(&mut self, text: &str, line: u64) {
        self.0.push((hash(text), line));
    }

    fn refuse(&mut self, what: &str, bad: &mut Vec<BadLine>) {
        self.0.sort_unstable();
        let mut first: Option<(u128, u64)> = None;
        for (hash, line) in &self.0 {
            match first {
                Some((known, before)) if known == *hash => {
                    let problem = format!("the same `{what}` stands in line {before} already");
                    note(bad, BadLine { line: *line, problem });
                }
                Some(_) | None => first = Some((*hash, *line)),
            }
        }
    }
}
