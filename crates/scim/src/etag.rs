//! Entity tags and conditional requests (RFC 7644 §3.14, RFC 9110 §13).

use crate::error::ScimError;

/// The weak tag of a version, as it stands in `ETag` and `meta.version`: `W/"7"`.
pub fn etag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// What one of the two header fields says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Tags {
    #[default]
    Absent,
    Any,
    Listed(Vec<String>),
}

impl Tags {
    /// Weak comparison, for `If-Match`, too: strong comparison would refuse every tag that we hand out (A-36, K-1).
    fn name(&self, version: u64) -> bool {
        match self {
            Self::Absent => false,
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(|tag| *tag == version.to_string()),
        }
    }
}

/// The `If-Match` and `If-None-Match` of one request, or the `version` of one bulk operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    if_match: Tags,
    if_none_match: Tags,
}

impl Preconditions {
    /// A request that sets no condition.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads the two header fields; several lines of one field are joined with commas beforehand.
    ///
    /// A field that is neither `*` nor a list of tags is a 400.
    pub fn parse(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Self, ScimError> {
        Ok(Self {
            if_match: parse_field("If-Match", if_match)?,
            if_none_match: parse_field("If-None-Match", if_none_match)?,
        })
    }

    /// Whether PUT, PATCH or DELETE may go on; 412 otherwise.
    ///
    /// `None` is a resource that is not there: then the 404 of the request itself comes first.
    pub fn check_write(&self, current: Option<u64>) -> Result<(), ScimError> {
        let Some(current) = current else { return Ok(()) };
        if self.if_match != Tags::Absent && !self.if_match.name(current) {
            let detail = format!("the resource has version `{}`, which `If-Match` does not name", etag(current));
            return Err(ScimError::status_only(412, detail));
        }
        if self.if_none_match.name(current) {
            let detail = format!("the resource has version `{}`, which `If-None-Match` excludes", etag(current));
            return Err(ScimError::status_only(412, detail));
        }
        Ok(())
    }

    /// Whether GET is answered with 304.
    pub fn not_modified(&self, current: u64) -> bool {
        self.if_none_match.name(current)
    }

    /// Whether the client named versions that it has seen: then a version that moved is a 412 and never tried again.
    pub fn names_version(&self) -> bool {
        matches!(self.if_match, Tags::Listed(_))
    }
}

fn parse_field(field: &str, text: Option<&str>) -> Result<Tags, ScimError> {
    let Some(text) = text.map(str::trim) else { return Ok(Tags::Absent) };
    if text == "*" {
        return Ok(Tags::Any);
    }
    parse_list(text).map(Tags::Listed).ok_or_else(|| {
        ScimError::status_only(400, format!("`{field}` must be `*` or a list of tags such as `W/\"1\"`"))
    })
}

/// The opaque parts of a tag list; at least one. Empty list elements are ignored (RFC 9110 §5.6.1.2).
fn parse_list(text: &str) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (!tags.is_empty()).then_some(tags);
        }
        let opaque = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let (tag, after) = opaque.split_once('"')?;
        if tag.chars().any(|character| character.is_control() || character == ' ') {
            return None;
        }
        tags.push(tag.to_owned());
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}
