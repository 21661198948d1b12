//! How evidence reads in the description: a body that also names its type.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::account::Account;
use super::attributes::Attributes;
use super::oidc::IdToken;
use super::saml::Saml;
use super::sign_in::Given;

impl PartialSchema for Given {
    fn schema() -> RefOr<Schema> {
        let kinds = OneOfBuilder::new()
            .item(typed::<Account>("account"))
            .item(typed::<Attributes>("attributes"))
            .item(typed::<IdToken>("oidc"))
            .item(typed::<Saml>("saml"));
        Schema::OneOf(kinds.description(Some("What proves who somebody is.")).build()).into()
    }
}

impl ToSchema for Given {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Evidence")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Attributes::schemas(schemas);
    }
}

/// The members of a body, and its type.
fn typed<T: PartialSchema>(word: &str) -> RefOr<Schema> {
    let mut schema = T::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word]));
        object.properties.insert("type".to_owned(), kind.build().into());
        object.required.push("type".to_owned());
    }
    schema
}
