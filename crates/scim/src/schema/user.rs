//! The core User schema (RFC 7643 §4.1 and §8.7.1 with its errata, table C.1).

use super::{Attribute, Format, Mutability, Returned, Schema, Type, Uniqueness};

/// URN of the core User schema.
pub const URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The core User schema.
pub fn schema() -> Schema {
    let mut attributes = identity();
    attributes.extend(contacts());
    attributes.extend(grants());
    Schema { id: URN.into(), name: "User".into(), description: "User Account".into(), attributes }
}

fn text(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::String, description)
}

fn identity() -> Vec<Attribute> {
    vec![
        text("userName", "Name by which the service knows the user; unique whatever its case.")
            .required()
            .uniqueness(Uniqueness::Server),
        Attribute::complex(
            "name",
            "The parts of the user's name.",
            vec![
                text("formatted", "The whole name, as it is displayed."),
                text("familyName", "The family name, or last name."),
                text("givenName", "The given name, or first name."),
                text("middleName", "The middle names."),
                text("honorificPrefix", "What stands before the name, such as a title."),
                text("honorificSuffix", "What stands behind the name, such as `III`."),
            ],
        ),
        text("displayName", "The name that others see."),
        text("nickName", "The casual way to address the user."),
        Attribute::new("profileUrl", Type::Reference, "URI of a page about the user.").refers_to(&["external"]),
        text("title", "The user's title, such as `Vice President`."),
        text("userType", "How the user belongs to the organization, such as `Employee`."),
        text("preferredLanguage", "Preferred languages, in the form of the header Accept-Language."),
        text("locale", "Language tag for currency, dates and numbers, such as `en-US`."),
        text("timezone", "Time zone in the IANA database, such as `America/Los_Angeles`."),
        Attribute::new("active", Type::Boolean, "Whether the user may use the service."),
        text("password", "Accepted from clients that send one, and dropped: passwords are not kept.")
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never),
    ]
}

fn contacts() -> Vec<Attribute> {
    vec![
        list("emails", "E-mail addresses.", text("value", "An e-mail address."), &["work", "home", "other"]),
        list(
            "phoneNumbers",
            "Phone numbers.",
            text("value", "A phone number, as it was given."),
            &["work", "home", "mobile", "fax", "pager", "other"],
        ),
        list(
            "ims",
            "Instant messaging addresses.",
            text("value", "An instant messaging address."),
            &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo", "other"],
        ),
        list(
            "photos",
            "URIs of photos of the user.",
            Attribute::new("value", Type::Reference, "URI of a photo.").refers_to(&["external"]),
            &["photo", "thumbnail"],
        ),
        Attribute::complex(
            "addresses",
            "Postal addresses.",
            vec![
                text("formatted", "The whole address, as it stands on a letter.").format(Format::MultiLine),
                text("streetAddress", "Street, house number and what else precedes the city.")
                    .format(Format::MultiLine),
                text("locality", "City or locality."),
                text("region", "State or region."),
                text("postalCode", "Postal code."),
                text("country", "Country, as an ISO 3166-1 alpha-2 code.").format(Format::CountryCode),
                text("type", "What the address is for.").canonical(&["work", "home", "other"]),
                Attribute::new("primary", Type::Boolean, "Whether this is the preferred one; true at most once."),
            ],
        )
        .multi_valued(),
    ]
}

fn grants() -> Vec<Attribute> {
    vec![
        Attribute::complex(
            "groups",
            "Groups that the user is in, directly or through other groups; changed at the group.",
            vec![
                text("value", "Identifier of the group.").case_exact(),
                Attribute::new("$ref", Type::Reference, "URI of the group.").refers_to(&["Group"]),
                text("display", "The group's displayName."),
                text("type", "Whether the membership is direct.").canonical(&["direct", "indirect"]),
            ],
        )
        .multi_valued()
        .mutability(Mutability::ReadOnly),
        list("entitlements", "Things that the user has.", text("value", "An entitlement."), &[]),
        list("roles", "Roles of the user.", text("value", "A role."), &[]),
        list(
            "x509Certificates",
            "Certificates issued to the user.",
            Attribute::new("value", Type::Binary, "One DER certificate.").format(Format::Certificate),
            &[],
        ),
    ]
}

/// A multi-valued attribute with the usual sub-attributes (RFC 7643 §2.4).
fn list(name: &'static str, description: &'static str, value: Attribute, types: &[&'static str]) -> Attribute {
    Attribute::complex(
        name,
        description,
        vec![
            value,
            text("display", "The value as people read it."),
            text("type", "What the value is for.").canonical(types),
            Attribute::new("primary", Type::Boolean, "Whether this is the preferred one; true at most once."),
        ],
    )
    .multi_valued()
}
