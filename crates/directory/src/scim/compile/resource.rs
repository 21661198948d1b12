//! Fields of a user or group: columns where there are any, else the search document.

use rollcall_scim::condition::Field;

use super::super::fragment::Fragment;
use super::super::records::Kind;
use super::{Compiler, Operand};
use crate::text_search::Step;

impl Compiler<'_> {
    pub(super) fn resource_operand(&self, kind: Kind, field: &Field) -> Operand {
        match (field.name.as_str(), field.sub.as_deref()) {
            ("meta", Some(sub)) => self.meta_operand(kind, sub),
            ("username", None) if kind == Kind::User => Operand::always(Fragment::text("t.user_name_folded")),
            ("displayname", None) => match kind {
                Kind::User => Operand::text(Fragment::text("t.display_name_folded")),
                Kind::Group => Operand::always(Fragment::text("t.display_name_folded")),
            },
            ("id", None) => Operand::always(Fragment::text(self.backend.id_text("t.id"))),
            (name, None) => self.document_operand(&[Step::Key(name)]),
            (name, Some(sub)) => self.document_operand(&[Step::Key(name), Step::Key(sub)]),
        }
    }

    /// The sub-attribute of the first element of a list, the primary one if there is one (RFC 7644 §3.4.2.3).
    pub(crate) fn first_element(&self, kind: Kind, attribute: &str, sub: &str) -> Operand {
        match (kind, attribute) {
            (Kind::User, "groups") => self.first_group(sub),
            (Kind::Group, "members") => self.first_member(sub),
            (Kind::User | Kind::Group, _) => {
                self.document_operand(&[Step::Key(attribute), Step::First, Step::Key(sub)])
            }
        }
    }

    /// A single value, to sort by.
    pub(crate) fn single(&self, kind: Kind, field: &Field) -> Operand {
        self.resource_operand(kind, field)
    }

    fn document_operand(&self, steps: &[Step<'_>]) -> Operand {
        Operand::text(self.backend.text_at("t.search", steps))
    }

    fn meta_operand(&self, kind: Kind, sub: &str) -> Operand {
        match sub {
            "created" => Operand::Instant("t.created_at"),
            "lastmodified" => Operand::Instant("t.updated_at"),
            "version" => Operand::always(Fragment::text("('W/\"' || CAST(t.version AS TEXT) || '\"')")),
            "resourcetype" => Operand::always(Fragment::text(format!("'{}'", kind.name()))),
            "location" => {
                let mut sql = Fragment::text("(");
                sql.append(&self.reference(kind)).push(" || ").push(&self.backend.id_text("t.id")).push(")");
                Operand::always(sql)
            }
            // The schema of `meta` has no other sub-attribute (RFC 7643 §3.1).
            _ => Operand::text(Fragment::text("CAST(NULL AS TEXT)")),
        }
    }

    /// What every location of that kind begins with, up to the id.
    pub(super) fn reference(&self, kind: Kind) -> Fragment {
        let mut sql = Fragment::default();
        sql.bind(format!("{}{}/", self.base_url.trim_end_matches('/'), kind.endpoint()));
        sql
    }
}
