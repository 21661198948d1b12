//! Elements of lists in the search document; addresses also have rows with an index.

use rollcall_scim::condition::{Condition, Field};

use super::super::fragment::Fragment;
use super::super::records::Kind;
use super::{Compiler, Operand, Place, is_value_test, required_value};
use crate::text_search::Step;

impl Compiler<'_> {
    pub(super) fn some_document_element(&self, kind: Kind, attribute: &str, condition: &Condition) -> Fragment {
        let address = if kind == Kind::User && attribute == "emails" { required_value(condition) } else { None };
        match address.filter(|address| !address.contains('\0')) {
            Some(address) if is_value_test(condition) => self.has_address(address),
            Some(address) => {
                let mut sql = Fragment::text("(");
                sql.append(&self.has_address(address))
                    .push(" AND ")
                    .append(&self.exists(attribute, condition))
                    .push(")");
                sql
            }
            None => self.exists(attribute, condition),
        }
    }

    pub(super) fn element_operand(&self, field: &Field) -> Operand {
        let mut steps = vec![Step::Key(&field.name)];
        steps.extend(field.sub.as_deref().map(Step::Key));
        Operand::text(self.backend.text_at("e.value", &steps))
    }

    fn exists(&self, attribute: &str, condition: &Condition) -> Fragment {
        let mut selection = Fragment::text("SELECT 1 FROM ");
        selection.append(&self.backend.elements("t.search", attribute)).push(" WHERE ");
        selection.append(&self.boolean(Place::Element, condition));
        self.backend.exists(&selection)
    }

    fn has_address(&self, address: &str) -> Fragment {
        let mut sql = Fragment::text("t.id IN (");
        sql.append(&self.users_with_address(address)).push(")");
        sql
    }

    /// Every e-mail value of a user has a row, folded as in the search document.
    pub(super) fn users_with_address(&self, address: &str) -> Fragment {
        let mut sql = Fragment::text("SELECT a.user_id FROM directory_address AS a WHERE a.company_id = ");
        sql.bind(self.scope.company.uuid()).push(" AND a.connection_id = ").bind(self.scope.connection.uuid());
        sql.push(" AND a.value_folded = ").bind(address);
        sql
    }
}
