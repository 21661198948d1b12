//! Elements of a user's `groups`: the groups that have the user, directly or through other groups (RFC 7643 §4.1.2).
//!
//! Groups may contain each other in a circle (D-7): `UNION` drops what was seen already, so the walk ends.

use rollcall_scim::condition::{Condition, Field};
use uuid::Uuid;

use super::super::fragment::Fragment;
use super::super::records::Kind;
use super::{Compiler, Operand, Place, constant, is_value_test, parse_id, required_value};

impl Compiler<'_> {
    pub(super) fn some_group(&self, condition: &Condition) -> Fragment {
        let Some(value) = required_value(condition) else {
            return self.group_exists(condition);
        };
        let Some(id) = parse_id(value) else {
            return constant(false);
        };
        let probe = self.is_below(id);
        if is_value_test(condition) {
            return probe;
        }
        let mut sql = Fragment::text("(");
        sql.append(&probe).push(" AND ").append(&self.group_exists(condition)).push(")");
        sql
    }

    pub(super) fn first_group(&self, sub: &str) -> Operand {
        let field = Field { name: sub.to_owned(), sub: None };
        let mut sql = Fragment::text("(");
        sql.append(&self.groups_above()).push(" SELECT ").append(&self.group_operand(&field).sql());
        sql.append(&self.joined_groups()).push(" ORDER BY g.id LIMIT 1)");
        Operand::text(sql)
    }

    pub(super) fn group_operand(&self, field: &Field) -> Operand {
        let id = self.backend.id_text("g.id");
        match (field.name.as_str(), field.sub.as_deref()) {
            ("value", None) => Operand::always(Fragment::text(id)),
            ("display", None) => Operand::always(Fragment::text("g.display_name_folded")),
            ("type", None) => Operand::always(Fragment::text(GROUP_TYPE)),
            ("$ref", None) => {
                let mut sql = Fragment::text("(");
                sql.append(&self.reference(Kind::Group)).push(" || ").push(&id).push(")");
                Operand::always(sql)
            }
            _ => Operand::text(Fragment::text("CAST(NULL AS TEXT)")),
        }
    }

    fn group_exists(&self, condition: &Condition) -> Fragment {
        let mut selection = self.groups_above();
        selection.push(" SELECT 1").append(&self.joined_groups());
        selection.push(" AND ").append(&self.boolean(Place::GroupOf, condition));
        self.backend.exists(&selection)
    }

    /// Every group from user `t` upwards. `CROSS JOIN`: SQLite's planner takes it as the order to follow.
    fn groups_above(&self) -> Fragment {
        let company = self.scope.company.uuid();
        let mut sql = Fragment::text("WITH RECURSIVE above(id) AS (SELECT d.group_id FROM directory_member AS d ");
        sql.push("WHERE d.company_id = ")
            .bind(company)
            .push(" AND d.member_id = t.id UNION SELECT d.group_id FROM above ");
        sql.push("CROSS JOIN directory_member AS d WHERE d.company_id = ").bind(company);
        sql.push(" AND d.member_id = above.id)");
        sql
    }

    fn joined_groups(&self) -> Fragment {
        let mut sql = Fragment::text(" FROM above CROSS JOIN directory_group AS g WHERE g.company_id = ");
        sql.bind(self.scope.company.uuid()).push(" AND g.id = above.id");
        sql
    }

    /// The other way round, for one group: is `t` among all that it holds? Only groups are looked into.
    fn is_below(&self, group: Uuid) -> Fragment {
        let company = self.scope.company.uuid();
        let mut sql = Fragment::text("t.id IN (WITH RECURSIVE below(id, kind) AS (SELECT d.member_id, d.member_kind ");
        sql.push("FROM directory_member AS d WHERE d.company_id = ").bind(company);
        sql.push(" AND d.group_id = ").bind(group).push(" UNION SELECT d.member_id, d.member_kind FROM below ");
        sql.push("CROSS JOIN directory_member AS d WHERE below.kind = 'Group' AND d.company_id = ").bind(company);
        sql.push(" AND d.group_id = below.id) SELECT below.id FROM below)");
        sql
    }
}

/// A group that has the user both ways is a direct one.
const GROUP_TYPE: &str = "(CASE WHEN EXISTS (SELECT 1 FROM directory_member AS d WHERE d.company_id = g.company_id \
     AND d.group_id = g.id AND d.member_id = t.id) THEN 'direct' ELSE 'indirect' END)";
