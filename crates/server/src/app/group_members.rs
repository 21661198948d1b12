//! What a request does to a group's member rows (RFC 7644 §3.5.2; D-3, D-4, D-5, D-7, D-10).
//!
//! Adding and removing named members costs what it changes: the stored list is never read.

use std::collections::BTreeMap;

use rollcall_directory::{Kind, Member as Row, MembersChanged, Scope, Unit};
use rollcall_policy::DirectoryGroupId;
use rollcall_scim::member::{Member, MemberChange, MemberSelection};
use rollcall_scim::{ScimError, Tolerance, Tolerances};
use uuid::Uuid;

use super::AppError;

/// The group whose members change, and what is accepted of the client.
#[derive(Clone, Copy, Debug)]
pub struct Roll<'a> {
    /// Whose directory.
    pub scope: Scope,
    /// Which group.
    pub group: DirectoryGroupId,
    /// What `$ref` begins with.
    pub base_url: &'a str,
    /// Which deviations are accepted.
    pub tolerances: &'a Tolerances,
}

impl Roll<'_> {
    /// Applies the changes of a PATCH one after the other, each seeing the ones before it (G-4), and answers with what is
    /// different in the end.
    pub async fn apply(&self, unit: &Unit, changes: &[MemberChange]) -> Result<MembersChanged, AppError> {
        let mut net = Net::default();
        for change in changes {
            net.note(self.apply_one(unit, change).await?);
        }
        Ok(net.changed())
    }

    /// Makes these the members (PUT).
    pub async fn replace(&self, unit: &Unit, members: &[Member]) -> Result<MembersChanged, AppError> {
        let rows = self.resolve(unit, members).await?;
        Ok(unit.replace_members(self.scope, self.group, &rows).await?)
    }

    /// Gives a new group its members.
    pub async fn fill(&self, unit: &Unit, members: &[Member]) -> Result<(), AppError> {
        let rows = self.resolve(unit, members).await?;
        unit.add_members(self.scope, self.group, &rows).await?;
        Ok(())
    }

    async fn apply_one(&self, unit: &Unit, change: &MemberChange) -> Result<MembersChanged, AppError> {
        let (scope, group) = (self.scope, self.group);
        match change {
            MemberChange::Add(members) => {
                let rows = self.resolve(unit, members).await?;
                Ok(MembersChanged { added: unit.add_members(scope, group, &rows).await?, removed: Vec::new() })
            }
            MemberChange::Replace(members) => self.replace(unit, members).await,
            MemberChange::RemoveAll => {
                Ok(MembersChanged { removed: unit.remove_all_members(scope, group).await?, added: Vec::new() })
            }
            MemberChange::Remove(selection) => {
                let ids = self.selected(unit, selection).await?;
                Ok(MembersChanged { removed: unit.remove_members(scope, group, &ids).await?, added: Vec::new() })
            }
            MemberChange::ReplaceMatching { selection, with } => {
                let ids = self.selected(unit, selection).await?;
                let removed = unit.remove_members(scope, group, &ids).await?;
                if removed.is_empty() {
                    return Err(ScimError::no_target("no member matches the filter of the path").into());
                }
                let rows = self.resolve(unit, with).await?;
                Ok(MembersChanged { removed, added: unit.add_members(scope, group, &rows).await? })
            }
        }
    }

    /// Ids that are no ids of ours select nobody: removing them succeeds (G.3).
    async fn selected(&self, unit: &Unit, selection: &MemberSelection) -> Result<Vec<Uuid>, AppError> {
        match selection {
            MemberSelection::Ids(ids) => Ok(ids.iter().filter_map(|id| resource_id(id)).collect()),
            MemberSelection::Matching(condition) => {
                let members = unit.members_matching(self.scope, self.group, condition, self.base_url).await?;
                Ok(members.into_iter().map(|member| member.id).collect())
            }
        }
    }

    /// The resources that the members name: each must exist behind this connection (D-4), be of the type it is said to
    /// be (D-3), and not be the group itself (D-7).
    async fn resolve(&self, unit: &Unit, members: &[Member]) -> Result<Vec<Row>, AppError> {
        if members.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = members.iter().filter_map(|member| resource_id(&member.id)).collect();
        let known = unit.resolve_members(self.scope, &ids).await?;
        let known: BTreeMap<Uuid, Kind> = known.into_iter().map(|row| (row.id, row.kind)).collect();
        members.iter().map(|member| self.row(member, &known).map_err(AppError::from)).collect()
    }

    fn row(&self, member: &Member, known: &BTreeMap<Uuid, Kind>) -> Result<Row, ScimError> {
        let row = resource_id(&member.id).and_then(|id| known.get(&id).map(|kind| Row { id, kind: *kind }));
        let row = row.ok_or_else(|| {
            ScimError::invalid_value(format!("member `{}` is no user or group of this directory", member.id))
        })?;
        if row.id == self.group.uuid() {
            return Err(ScimError::invalid_value("a group cannot be a member of itself"));
        }
        let named = member.kind.as_deref().unwrap_or(row.kind.name());
        if !named.eq_ignore_ascii_case(row.kind.name()) && !self.tolerances.allow(Tolerance::MemberType) {
            let detail = format!("member `{}` is a {}, not a {named}", member.id, row.kind.name());
            return Err(ScimError::invalid_value(detail));
        }
        Ok(row)
    }
}

/// The id of a resource as we write it: ids are compared exactly, so another spelling of the same number is no id.
pub fn resource_id(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().to_string() == text).then_some(id)
}

/// Who came and went over several changes: somebody who went and came back did neither.
#[derive(Default)]
struct Net(BTreeMap<Row, bool>);

impl Net {
    fn note(&mut self, changed: MembersChanged) {
        let came = changed.added.into_iter().map(|row| (row, true));
        for (row, came) in changed.removed.into_iter().map(|row| (row, false)).chain(came) {
            if self.0.get(&row).is_some_and(|before| *before != came) {
                self.0.remove(&row);
            } else {
                self.0.insert(row, came);
            }
        }
    }

    fn changed(self) -> MembersChanged {
        let (added, removed): (Vec<_>, Vec<_>) = self.0.into_iter().partition(|(_, came)| *came);
        let rows = |list: Vec<(Row, bool)>| list.into_iter().map(|(row, _)| row).collect();
        MembersChanged { added: rows(added), removed: rows(removed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u128) -> Row {
        Row { id: Uuid::from_u128(number), kind: Kind::User }
    }

    #[test]
    fn who_goes_and_comes_back_in_one_request_did_neither() {
        let mut net = Net::default();
        net.note(MembersChanged { added: vec![], removed: vec![row(1), row(2)] });
        net.note(MembersChanged { added: vec![row(1), row(3)], removed: vec![] });
        assert_eq!(net.changed(), MembersChanged { added: vec![row(3)], removed: vec![row(2)] });
    }

    /// ids are case-exact.
    #[test]
    fn only_our_own_spelling_is_an_id() {
        assert!(resource_id("018f3c1e-0000-7000-8000-00000000000a").is_some());
        for text in ["018F3C1E-0000-7000-8000-00000000000A", "018f3c1e000070008000000000000000a", "", "x"] {
            assert_eq!(resource_id(text), None, "{text}");
        }
    }
}
