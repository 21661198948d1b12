//! Elements of `members`: rows of `directory_member` (RFC 7643 §4.2).

use rollcall_scim::condition::{Condition, Field};
use uuid::Uuid;

use super::super::fragment::Fragment;
use super::super::records::Kind;
use super::{Compiler, Operand, Place, constant, is_value_test, parse_id, required_value};

impl Compiler<'_> {
    pub(super) fn some_member(&self, condition: &Condition) -> Fragment {
        let Some(value) = required_value(condition) else {
            return self.member_exists(condition);
        };
        let Some(id) = parse_id(value) else {
            return constant(false);
        };
        let mut probe = Fragment::text("t.id IN (");
        probe.append(&self.groups_with_member(id)).push(")");
        if is_value_test(condition) {
            return probe;
        }
        let mut sql = Fragment::text("(");
        sql.append(&probe).push(" AND ").append(&self.member_exists(condition)).push(")");
        sql
    }

    pub(super) fn first_member(&self, sub: &str) -> Operand {
        let field = Field { name: sub.to_owned(), sub: None };
        let mut sql = Fragment::text("(SELECT ");
        sql.append(&self.member_operand(&field).sql()).append(&self.members_of_group());
        sql.push(" ORDER BY m.member_id LIMIT 1)");
        Operand::text(sql)
    }

    pub(super) fn member_operand(&self, field: &Field) -> Operand {
        let id = self.backend.id_text("m.member_id");
        match (field.name.as_str(), field.sub.as_deref()) {
            ("value", None) => Operand::always(Fragment::text(id)),
            ("type", None) => {
                Operand::always(Fragment::text("(CASE m.member_kind WHEN 'Group' THEN 'group' ELSE 'user' END)"))
            }
            ("$ref", None) => {
                let mut sql = Fragment::text("(CASE m.member_kind WHEN 'Group' THEN ");
                sql.append(&self.reference(Kind::Group)).push(" ELSE ").append(&self.reference(Kind::User));
                sql.push(" END || ").push(&id).push(")");
                Operand::always(sql)
            }
            ("display", None) => Operand::text(Fragment::text(MEMBER_DISPLAY)),
            _ => Operand::text(Fragment::text("CAST(NULL AS TEXT)")),
        }
    }

    pub(super) fn groups_with_member(&self, member: Uuid) -> Fragment {
        let mut sql = Fragment::text("SELECT p.group_id FROM directory_member AS p WHERE p.company_id = ");
        sql.bind(self.scope.company.uuid()).push(" AND p.member_id = ").bind(member);
        sql
    }

    fn member_exists(&self, condition: &Condition) -> Fragment {
        let mut selection = Fragment::text("SELECT 1");
        selection.append(&self.members_of_group()).push(" AND ").append(&self.boolean(Place::Member, condition));
        self.backend.exists(&selection)
    }

    fn members_of_group(&self) -> Fragment {
        let mut sql = Fragment::text(" FROM directory_member AS m WHERE m.company_id = ");
        sql.bind(self.scope.company.uuid()).push(" AND m.group_id = t.id");
        sql
    }
}

/// A user shows by displayName, else by userName; a group by displayName.
const MEMBER_DISPLAY: &str = "(CASE m.member_kind WHEN 'Group' THEN (SELECT mg.display_name_folded \
     FROM directory_group AS mg WHERE mg.company_id = m.company_id AND mg.id = m.member_id) \
     ELSE (SELECT COALESCE(mu.display_name_folded, mu.user_name_folded) \
     FROM directory_user AS mu WHERE mu.company_id = m.company_id AND mu.id = m.member_id) END)";
