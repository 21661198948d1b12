//! Alternatives that indexes decide, as one set of ids: `userName eq .. or emails eq ..` must not look at everybody.

use rollcall_scim::condition::{Condition, Field, Test};

use super::super::fragment::Fragment;
use super::super::records::Kind;
use super::super::rows;
use super::{Compiler, parse_id};

impl Compiler<'_> {
    /// `t.id IN (.. UNION ..)` if an index decides each of the conditions alone; only worth it for two and more.
    pub(super) fn any_of_sets(&self, kind: Kind, conditions: &[Condition]) -> Option<Fragment> {
        if conditions.len() < 2 {
            return None;
        }
        let mut sql = Fragment::text("t.id IN (");
        for (index, condition) in conditions.iter().enumerate() {
            if index > 0 {
                sql.push(" UNION ");
            }
            sql.append(&self.set(kind, condition)?);
        }
        sql.push(")");
        Some(sql)
    }

    /// The selection of the ids of all resources for which the condition holds, if an index finds them.
    fn set(&self, kind: Kind, condition: &Condition) -> Option<Fragment> {
        match condition {
            Condition::Value { field: Field { name, sub: None }, test: Test::Equal(value) }
                if !value.contains('\0') =>
            {
                match (kind, name.as_str()) {
                    (_, "id") => Some(self.rows_where(kind, "id", parse_id(value)?)),
                    (Kind::User, "username") => Some(self.rows_where(kind, "user_name_folded", value.as_str())),
                    (_, "displayname") => Some(self.rows_where(kind, "display_name_folded", value.as_str())),
                    (_, "externalid") if !value.is_empty() => {
                        Some(self.rows_where(kind, "external_id", value.as_str()))
                    }
                    _ => None,
                }
            }
            Condition::Element { attribute, condition } => match (kind, attribute.as_str(), &**condition) {
                (
                    Kind::User,
                    "emails",
                    Condition::Value { field: Field { name, sub: None }, test: Test::Equal(value) },
                ) if name == "value" && !value.contains('\0') => Some(self.users_with_address(value)),
                (
                    Kind::Group,
                    "members",
                    Condition::Value { field: Field { name, sub: None }, test: Test::Equal(value) },
                ) if name == "value" => Some(self.groups_with_member(parse_id(value)?)),
                _ => None,
            },
            Condition::Constant(_)
            | Condition::All(_)
            | Condition::Any(_)
            | Condition::Not(_)
            | Condition::Value { .. } => None,
        }
    }

    fn rows_where(&self, kind: Kind, column: &str, value: impl Into<sea_orm::Value>) -> Fragment {
        let mut sql = Fragment::text("SELECT p.id FROM ");
        sql.push(rows::table(kind)).push(" AS p WHERE p.company_id = ").bind(self.scope.company.uuid());
        sql.push(" AND p.connection_id = ").bind(self.scope.connection.uuid());
        sql.push(" AND p.").push(column).push(" = ").bind(value);
        sql
    }
}
