//! Operations on `members` of a group, which become changes to rows (D-5, G-15; idp-behaviour rules 7, 11 and 12).

use serde_json::Value;

use super::operation::Op;
use crate::member::{Member, MemberChange, MemberSelection, parse_members};
use crate::path::{Located, Selection};
use crate::{ScimError, Tolerance, Tolerances};

/// What an operation on `members` changes.
///
/// Never creates a member from a filter: a filter names nobody.
pub(super) fn change(
    located: Located<'_>,
    selection: Option<Selection>,
    op: Op,
    value: Option<Value>,
    tolerances: &Tolerances,
) -> Result<Option<MemberChange>, ScimError> {
    if let Some(sub) = located.sub {
        let detail = format!("`members.{}` is immutable: members are added and removed as a whole", sub.name);
        return Err(ScimError::mutability(detail));
    }
    let Some(Selection { filter, condition }) = selection else {
        return whole(op, value, tolerances);
    };
    let selection = MemberSelection::from_filter(&filter, condition);
    match op {
        Op::Remove => Ok(Some(MemberChange::Remove(selection))),
        Op::Replace => {
            let with = members(value.unwrap_or_default(), tolerances)?;
            Ok(Some(MemberChange::ReplaceMatching { selection, with }))
        }
        Op::Add => Err(ScimError::mutability("members are immutable: add them to `members`, without a filter")),
    }
}

/// An operation on the whole list.
fn whole(op: Op, value: Option<Value>, tolerances: &Tolerances) -> Result<Option<MemberChange>, ScimError> {
    match (op, value) {
        (Op::Add, None | Some(Value::Null)) => Ok(None),
        (Op::Add, Some(value)) => {
            let members = members(value, tolerances)?;
            Ok((!members.is_empty()).then_some(MemberChange::Add(members)))
        }
        (Op::Replace, value) => {
            let members = members(value.unwrap_or_default(), tolerances)?;
            Ok(Some(if members.is_empty() { MemberChange::RemoveAll } else { MemberChange::Replace(members) }))
        }
        // A list with `remove` names who goes; an empty one names nobody, and must not empty the group.
        (Op::Remove, Some(value)) if !value.is_null() && tolerances.allow(Tolerance::RemoveWithValue) => {
            let ids: Vec<String> = members(value, tolerances)?.into_iter().map(|member| member.id).collect();
            Ok((!ids.is_empty()).then_some(MemberChange::Remove(MemberSelection::Ids(ids))))
        }
        (Op::Remove, _) => Ok(Some(MemberChange::RemoveAll)),
    }
}

/// The members that a value names; one object is a list of one (table G.3).
fn members(value: Value, tolerances: &Tolerances) -> Result<Vec<Member>, ScimError> {
    let value = if value.is_object() { Value::Array(vec![value]) } else { value };
    parse_members(value, tolerances)
}
