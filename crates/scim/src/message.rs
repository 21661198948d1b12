//! What the request messages have in common: member names, `schemas`, null (RFC 7644 §3.4.3, §3.7; F-37, H-2).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::ScimError;
use crate::tolerance::{Tolerance, Tolerances};

/// The members of one JSON object of a message, under their canonical names. A null member is an absent one.
#[derive(Debug)]
pub(crate) struct Members(BTreeMap<&'static str, Value>);

impl Members {
    /// Takes an object apart. `what` names it in errors, such as "the search request".
    ///
    /// `invalidSyntax` if it is no object or has a member twice, and without the tolerances for a member that nobody
    /// knows or that is spelled in another case.
    pub(crate) fn read(
        what: &str,
        body: Value,
        names: &[&'static str],
        tolerances: &Tolerances,
    ) -> Result<Self, ScimError> {
        let Value::Object(body) = body else {
            return Err(ScimError::invalid_syntax(format!("{what} must be a JSON object")));
        };
        let mut members = BTreeMap::new();
        for (given, value) in body {
            let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(&given)) else {
                if tolerances.allow(Tolerance::UnknownAttribute) {
                    continue;
                }
                return Err(ScimError::invalid_syntax(format!("{what} has an unknown member `{given}`")));
            };
            if given != *name && !tolerances.allow(Tolerance::MessageCase) {
                return Err(ScimError::invalid_syntax(format!("{what} has a member `{given}`; its name is `{name}`")));
            }
            if members.insert(*name, value).is_some() {
                return Err(ScimError::invalid_syntax(format!("{what} has the member `{name}` twice")));
            }
        }
        members.retain(|_, value| !value.is_null());
        Ok(Self(members))
    }

    /// The member of that name.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Checks that `schemas` names the message, in any case; `invalidSyntax` otherwise.
    pub(crate) fn check_schemas(&mut self, urn: &str, tolerances: &Tolerances) -> Result<(), ScimError> {
        let refused = || ScimError::invalid_syntax(format!("`schemas` must be [\"{urn}\"]"));
        let Some(Value::Array(urns)) = self.take("schemas") else { return Err(refused()) };
        let named = |value: &Value| value.as_str().is_some_and(|given| given.eq_ignore_ascii_case(urn));
        let others = urns.iter().filter(|value| !named(value)).count();
        if others == urns.len() || (others > 0 && !tolerances.allow(Tolerance::UnknownSchema)) {
            return Err(refused());
        }
        Ok(())
    }
}
