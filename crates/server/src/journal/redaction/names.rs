//! What a member is by its name, and which of its values say nothing of a person.

use uuid::Uuid;

/// The last part of an attribute's name, and that of the attribute around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    last: String,
    parent: String,
}

/// What a member means, as far as keeping it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Never kept.
    Secret,
    /// URNs.
    Schema,
    /// A word that PATCH, bulk or a list knows.
    Operation,
    /// What a PATCH operation is about, or where a bulk operation goes.
    Path,
    /// A filter.
    Filter,
    /// Names of attributes.
    Names,
    /// `id`, `externalId`, `bulkId`.
    Id,
    /// Who it is.
    UserName,
    /// The id of another resource.
    Reference,
    /// An entity tag.
    Version,
    /// A point in time of a resource.
    Instant,
    /// An address of ours.
    Location,
    /// A status as text.
    Status,
    /// The keyword of an error.
    ScimType,
    /// The sentence of an error.
    Detail,
    /// What a value is for: `work` and the like.
    Type,
    /// True or false, perhaps as text.
    Switch,
    /// A person's, or a group's.
    DisplayName,
    /// Anything else: a person's.
    Other,
}

const SECRETS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "bearer",
    "authorization",
    "credential",
    "apikey",
    "privatekey",
    "assertion",
    "passcode",
    "cookie",
];

const OPERATIONS: [&str; 10] =
    ["add", "remove", "replace", "get", "post", "put", "patch", "delete", "ascending", "descending"];

const TYPES: [&str; 16] = [
    "work",
    "home",
    "other",
    "mobile",
    "fax",
    "pager",
    "aim",
    "gtalk",
    "icq",
    "xmpp",
    "msn",
    "skype",
    "photo",
    "thumbnail",
    "direct",
    "indirect",
];

const SCIM_TYPES: [&str; 13] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

const RESOURCE_TYPES: [&str; 5] = ["User", "Group", "Schema", "ResourceType", "ServiceProviderConfig"];

const COUNTS: [&str; 8] =
    ["totalresults", "startindex", "itemsperpage", "count", "failonerrors", "status", "maxoperations", "maxresults"];

impl Name {
    /// From a key or a path such as `urn:...:User:emails[type eq "work"].value`.
    pub(super) fn of(path: &str, around: &str) -> Self {
        let mut outside = String::new();
        let mut depth = 0_usize;
        for character in path.chars() {
            match character {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ if depth == 0 => outside.extend(character.to_lowercase()),
                _ => {}
            }
        }
        // The last colon of a URN stands before the attribute; versions in URNs have dots.
        let attribute = outside.rsplit(':').next().unwrap_or_default();
        let mut parts = attribute.rsplit('.');
        let last = parts.next().unwrap_or_default().trim().to_owned();
        let parent = parts.next().map(str::trim).filter(|parent| !parent.is_empty()).unwrap_or(around).to_owned();
        Self { last, parent }
    }

    pub(super) fn last(&self) -> &str {
        &self.last
    }

    /// A number that counts something, and is nobody's.
    pub(super) fn is_count(&self) -> bool {
        COUNTS.contains(&self.last.as_str())
    }

    pub(super) fn kind(&self) -> Kind {
        let letters: String = self.last.chars().filter(char::is_ascii_alphanumeric).collect();
        if SECRETS.iter().any(|secret| letters.contains(secret)) {
            return Kind::Secret;
        }
        match self.last.as_str() {
            "schemas" => Kind::Schema,
            "op" | "method" | "sortorder" => Kind::Operation,
            "path" => Kind::Path,
            "filter" => Kind::Filter,
            "attributes" | "excludedattributes" | "sortby" => Kind::Names,
            "id" | "externalid" | "bulkid" => Kind::Id,
            "username" => Kind::UserName,
            "members" | "groups" | "manager" => Kind::Reference,
            "value" if matches!(self.parent.as_str(), "members" | "groups" | "manager") => Kind::Reference,
            "version" => Kind::Version,
            "created" | "lastmodified" if self.parent == "meta" => Kind::Instant,
            "location" | "$ref" => Kind::Location,
            "status" => Kind::Status,
            "scimtype" => Kind::ScimType,
            "detail" => Kind::Detail,
            "type" | "resourcetype" => Kind::Type,
            "active" | "primary" => Kind::Switch,
            "displayname" => Kind::DisplayName,
            _ => Kind::Other,
        }
    }
}

/// Whether a value of this kind says nothing of a person but who it is.
pub(super) fn keeps(kind: Kind, text: &str) -> bool {
    let known = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    match kind {
        Kind::Schema => text.starts_with("urn:") && is_plain(text),
        Kind::Operation => known(&OPERATIONS),
        Kind::Names => text.split(',').all(|name| is_plain(name.trim())),
        Kind::Id | Kind::UserName => text.chars().count() <= 256,
        Kind::Reference => Uuid::try_parse(text).is_ok(),
        Kind::Version => is_tag(text),
        Kind::Instant => is_instant(text),
        Kind::Status => text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit()),
        Kind::ScimType => SCIM_TYPES.contains(&text),
        Kind::Type => known(&TYPES) || RESOURCE_TYPES.contains(&text),
        Kind::Switch => known(&["true", "false"]),
        Kind::Secret | Kind::Path | Kind::Filter | Kind::Detail | Kind::Location | Kind::DisplayName | Kind::Other => {
            false
        }
    }
}

/// Reads like the name of an attribute, a schema or a part of SCIM: no blank, no quote, no `@`.
pub(super) fn is_plain(text: &str) -> bool {
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || b"$._".contains(&byte));
    begins && text.len() <= 120 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$_-.:".contains(&byte))
}

/// `W/"12"`.
fn is_tag(text: &str) -> bool {
    let inner = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    inner.len() <= 20 && inner.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_instant(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_digit() || b"TZ:.+-".contains(&byte))
}
