//! What is said of one operation, before it becomes JSON.

use std::borrow::Cow;

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::who::Who;

/// All that is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(super) tag: Option<&'static str>,
    pub(crate) summary: Option<&'static str>,
    pub(super) details: Option<&'static str>,
    pub(crate) who: Option<Who>,
    pub(super) queries: Vec<Query>,
    pub(super) body: Option<Media>,
    pub(super) body_is_optional: bool,
    pub(super) answers: Vec<Answer>,
    /// Status, word of the problem, when.
    pub(super) refusals: Vec<(u16, &'static str, &'static str)>,
    pub(super) versioned: bool,
}

/// A parameter of the query.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    pub(super) shape: Shape,
}

/// An answer that is no refusal.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) says: &'static str,
    pub(super) media: Option<Media>,
}

/// A body and how it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Media {
    Json(Shape),
    /// A page of a list of these.
    Page(Shape),
    Form(Shape),
    /// Text of this media type.
    Text(&'static str),
}

/// Schemas by name.
pub(super) type Named = Vec<(String, RefOr<Schema>)>;

/// The schema of a type, without the type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) name: fn() -> Cow<'static, str>,
    pub(super) schema: fn() -> RefOr<Schema>,
    /// Those that it refers to.
    pub(super) further: fn(&mut Named),
}

impl Shape {
    pub(super) fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, further: T::schemas }
    }
}
