//! The catalog: what is served, and which schemas are refused.

use rollcall_scim::{
    Catalog,
    catalog::CatalogError,
    schema::{Attribute, Extension, ResourceType, Type},
};

use crate::support::{DEVICE, ENT, USER, WARRANTY, device_type, group_type, user_type};

fn catalog_of(device: ResourceType) -> Result<Catalog, CatalogError> {
    Catalog::new(vec![user_type(), group_type(), device])
}

#[test]
fn the_catalog_of_the_product_passes_its_own_check() {
    let own = Catalog::rollcall();
    let checked = Catalog::new(own.resource_types().to_vec()).expect("a valid catalog");
    assert_eq!(checked.resource_types(), own.resource_types());
    assert_eq!((own.user().base_urn(), own.group().endpoint.as_ref()), (USER, "/Groups"));
}

#[test]
fn resource_types_are_found_by_name_and_endpoint() {
    let catalog = catalog_of(device_type()).expect("B-18: a valid catalog");
    let name = |kind: Option<&ResourceType>| kind.map(|kind| kind.name.to_string());
    assert_eq!(name(catalog.by_name("Device")).as_deref(), Some("Device"));
    assert_eq!(name(catalog.by_name("device")), None);
    assert_eq!(name(catalog.by_endpoint("/Devices")).as_deref(), Some("Device"));
    assert_eq!(name(catalog.by_endpoint("Users")).as_deref(), Some("User"));
    assert_eq!(name(catalog.by_endpoint("/users")), None);
    let urns: Vec<&str> = catalog.schemas().iter().map(|schema| schema.id.as_ref()).collect();
    assert_eq!(urns.len(), 10, "{urns:?}");
    assert!(urns.contains(&DEVICE) && urns.contains(&WARRANTY) && urns.contains(&ENT));
    let user = catalog.user();
    assert_eq!(user.schema_urns().collect::<Vec<_>>().len(), 4);
    assert!(user.extension(&ENT.to_uppercase()).is_some());
    assert!(user.attribute("EXTERNALID").is_some() && user.attribute("username").is_some());
    assert!(user.attribute("department").is_none(), "K-23");
}

#[test]
fn impossible_definitions_are_refused() {
    let text = |name: &'static str| Attribute::new(name, Type::String, "");
    let with = |change: &dyn Fn(&mut ResourceType)| {
        let mut device = device_type();
        change(&mut device);
        catalog_of(device).map(|_| ()).expect_err("an impossible definition")
    };
    let add = |attribute: Attribute| with(&move |device| device.schema.attributes.push(attribute.clone()));
    let nested = Attribute::complex("a", "", vec![Attribute::complex("b", "", vec![text("c")])]);
    let rows = [
        ("A-78", add(nested), CatalogError::NestedComplex("a.b".into())),
        ("A-52", add(text("SERIAL")), CatalogError::DuplicateAttribute("SERIAL".into())),
        (
            "A-52",
            add(Attribute::complex("a", "", vec![text("b"), text("B")])),
            CatalogError::DuplicateAttribute("a.B".into()),
        ),
        ("A-53", add(text("1a")), CatalogError::AttributeName("1a".into())),
        ("A-53", add(text("a b")), CatalogError::AttributeName("a b".into())),
        ("A-53", add(text("$ref")), CatalogError::AttributeName("$ref".into())),
        ("A-53", add(text("")), CatalogError::AttributeName(String::new())),
        (
            "complex without sub-attributes",
            add(Attribute::complex("a", "", vec![])),
            CatalogError::SubAttributes("a".into()),
        ),
        ("A-62", add(text("Meta")), CatalogError::CommonAttribute("Meta".into())),
        ("B-6", with(&|device| device.name = "User".into()), CatalogError::DuplicateResourceType("User".into())),
        (
            "B-6",
            with(&|device| device.endpoint = "/users".into()),
            CatalogError::DuplicateResourceType("/users".into()),
        ),
        ("B-6", with(&|device| device.endpoint = "/bulk".into()), CatalogError::Endpoint("/bulk".into())),
        ("B-6", with(&|device| device.endpoint = "Devices".into()), CatalogError::Endpoint("Devices".into())),
        ("B-6", with(&|device| device.endpoint = "/a/b".into()), CatalogError::Endpoint("/a/b".into())),
        ("B-15", with(&|device| device.schema.id = USER.into()), CatalogError::DuplicateSchema(USER.into())),
        (
            "B-15",
            with(&|device| device.extensions.push(Extension { schema: device.schema.clone(), required: false })),
            CatalogError::DuplicateSchema(DEVICE.into()),
        ),
    ];
    for (context, found, expected) in rows {
        assert_eq!(found, expected, "{context}");
    }
    assert_eq!(Catalog::new(vec![user_type()]).expect_err("no groups"), CatalogError::Missing("Group"));
}

#[test]
fn one_extension_may_serve_two_types() {
    let mut device = device_type();
    device.extensions.extend(user_type().extensions);
    catalog_of(device).expect("the same schema behind one URN");
}
