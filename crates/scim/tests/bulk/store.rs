//! What a server does with the steps of a job, as little of it as the tests need.

use std::collections::BTreeMap;

use rollcall_scim::ScimError;
use rollcall_scim::bulk::{Action, Done, Step};
use rollcall_scim::etag::Preconditions;
use serde_json::{Value, json};

#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) resources: BTreeMap<String, (Value, u64)>,
    /// Indexes of the executed steps, in order, with the name of the action.
    pub(crate) log: Vec<(usize, &'static str)>,
    created: usize,
}

impl Store {
    pub(crate) fn with(resources: &[(&str, Value)]) -> Self {
        let resources = resources.iter().map(|(id, data)| ((*id).to_owned(), (data.clone(), 1))).collect();
        Self { resources, ..Self::default() }
    }

    pub(crate) fn data(&self, id: &str) -> &Value {
        &self.resources[id].0
    }

    /// The resource of that `userName` or `displayName`.
    pub(crate) fn named(&self, name: &str) -> Option<(&str, &Value)> {
        let found = self.resources.iter().find(|(_, (data, _))| name_of(data) == name);
        found.map(|(id, (data, _))| (id.as_str(), data))
    }

    pub(crate) fn execute(&mut self, step: Step) -> Result<Done, ScimError> {
        let text = format!("{:?}", step.action);
        assert!(!text.contains("bulkId:"), "a reference is left: {text}");
        let Step { index, action, .. } = step;
        match action {
            Action::Create { data } => {
                self.log.push((index, "create"));
                self.check(&data, None)?;
                self.created += 1;
                let id = format!("id{}", self.created);
                self.resources.insert(id.clone(), (data, 1));
                Ok(Done { status: 201, id, version: Some(1) })
            }
            Action::Replace { id, data, preconditions } => {
                self.log.push((index, "replace"));
                self.write(id, &preconditions, |stored| *stored = data)
            }
            Action::Link { id, data } => {
                self.log.push((index, "link"));
                self.check(&data, Some(&id))?;
                self.write(id, &Preconditions::none(), |stored| *stored = data)
            }
            Action::Modify { id, data, preconditions } => {
                self.log.push((index, "modify"));
                assert_eq!(data["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]), "H-16");
                for operation in data["Operations"].as_array().unwrap() {
                    self.check(&json!({"members": operation["value"]}), Some(&id))?;
                }
                self.write(id, &preconditions, |stored| {
                    for operation in data["Operations"].as_array().unwrap() {
                        stored[operation["path"].as_str().unwrap()] = operation["value"].clone();
                    }
                })
            }
            Action::Delete { id, preconditions } => {
                self.log.push((index, "delete"));
                self.write(id.clone(), &preconditions, |_| {})?;
                self.resources.remove(&id);
                Ok(Done { status: 204, id, version: None })
            }
            Action::Undo { id } => {
                self.log.push((index, "undo"));
                self.resources.remove(&id).ok_or_else(|| ScimError::not_found(&id))?;
                Ok(Done { status: 204, id, version: None })
            }
        }
    }

    fn write(
        &mut self,
        id: String,
        preconditions: &Preconditions,
        change: impl FnOnce(&mut Value),
    ) -> Result<Done, ScimError> {
        let (data, version) = self.resources.get_mut(&id).ok_or_else(|| ScimError::not_found(&id))?;
        preconditions.check_write(Some(*version))?;
        change(data);
        *version += 1;
        Ok(Done { status: 200, id, version: Some(*version) })
    }

    /// Names are unique and not `refused`; members exist and are not the group itself.
    fn check(&self, data: &Value, own: Option<&str>) -> Result<(), ScimError> {
        let name = name_of(data);
        if name.starts_with("refused") || (own.is_none() && self.named(name).is_some()) {
            return Err(ScimError::uniqueness(format!("`{name}` is taken")));
        }
        for member in data["members"].as_array().into_iter().flatten() {
            let id = member["value"].as_str().or(member.as_str()).unwrap_or_default();
            if !self.resources.contains_key(id) || Some(id) == own {
                return Err(ScimError::invalid_value(format!("`{id}` cannot be a member")));
            }
        }
        Ok(())
    }
}

fn name_of(data: &Value) -> &str {
    data["userName"].as_str().or(data["displayName"].as_str()).unwrap_or_default()
}
