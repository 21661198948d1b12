//! How values of this crate read in descriptions of HTTP interfaces (OpenAPI 3.1), where that is not derived.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType, Type,
};

/// A UUID as text.
pub(crate) fn uuid() -> RefOr<Schema> {
    let format = SchemaFormat::Custom("uuid".to_owned());
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build().into()
}

/// One of these codes.
pub(crate) fn codes(codes: &[&str]) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes.iter().copied())).build().into()
}

/// A text, number or switch, or a list of them.
pub(crate) fn attribute_value() -> RefOr<Schema> {
    let scalar = || {
        let types = [Type::String, Type::Number, Type::Boolean, Type::Null];
        Object::with_type(SchemaType::from_iter(types))
    };
    let description = "A text, number or switch, or a list of them.";
    let list = ArrayBuilder::new().items(scalar());
    Schema::OneOf(OneOfBuilder::new().item(scalar()).item(list).description(Some(description)).build()).into()
}
