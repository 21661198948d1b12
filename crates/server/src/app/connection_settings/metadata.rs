//! What a SAML provider says of itself in its metadata file (SAML metadata 2.3.2, 2.4.3).

use bergshamra::xml::uppsala::Parser;
use bergshamra::xml::{Document, NodeId, NodeKind};

/// Bytes of a file; those of providers take some ten thousand.
const LONGEST: usize = 1024 * 1024;
/// Elements within elements.
const DEEPEST: u32 = 64;
const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The provider of a metadata file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it calls itself.
    pub entity_id: String,
    /// Its signing certificates, in base64.
    pub certificates: Vec<String>,
}

/// Reads a metadata file. A signature of it is not checked: the operator says where the file is from.
pub fn read(xml: &str) -> Result<Metadata, String> {
    if xml.len() > LONGEST {
        return Err(format!("more than {LONGEST} bytes are no metadata of one provider"));
    }
    let parser = Parser::new().with_max_depth(DEEPEST).with_forbid_dtd(true).with_forbid_entities(true);
    let tree =
        parser.parse(xml.trim_start_matches('\u{feff}')).map_err(|error| format!("not well-formed XML: {error}"))?;
    let root = tree.document_element().ok_or("the file is empty")?;
    let is = |id: NodeId, namespace: &str, name: &str| {
        tree.element(id).is_some_and(|element| element.matches_name_ns(namespace, name))
    };
    let entities: Vec<NodeId> = std::iter::once(root)
        .chain(tree.descendants(root))
        .filter(|id| is(*id, METADATA, "EntityDescriptor"))
        .collect();
    let is_provider =
        |id: &NodeId| tree.descendants(*id).into_iter().any(|child| is(child, METADATA, "IDPSSODescriptor"));
    let mut providers = entities.into_iter().filter(is_provider);
    let (Some(entity), None) = (providers.next(), providers.next()) else {
        return Err(
            "expected metadata of one identity provider: one `EntityDescriptor` with an `IDPSSODescriptor`".into()
        );
    };
    let entity_id = attribute(&tree, entity, "entityID").ok_or("the `EntityDescriptor` has no `entityID`")?.to_owned();
    let mut certificates = Vec::new();
    for role in tree.descendants(entity).into_iter().filter(|id| is(*id, METADATA, "IDPSSODescriptor")) {
        let keys = tree.descendants(role).into_iter().filter(|id| is(*id, METADATA, "KeyDescriptor"));
        for key in keys.filter(|id| attribute(&tree, *id, "use") != Some("encryption")) {
            let found = tree.descendants(key).into_iter().filter(|id| is(*id, SIGNATURES, "X509Certificate"));
            for certificate in found.map(|id| text(&tree, id)) {
                if !certificates.contains(&certificate) {
                    certificates.push(certificate);
                }
            }
        }
    }
    if certificates.is_empty() {
        return Err("the provider names no signing certificate".to_owned());
    }
    Ok(Metadata { entity_id, certificates })
}

fn attribute<'t>(tree: &'t Document<'_>, id: NodeId, name: &str) -> Option<&'t str> {
    let attributes = &tree.element(id)?.attributes;
    let found = attributes.iter().find(|given| given.name.namespace_uri.is_none() && given.name.local_name == name)?;
    Some(&found.value)
}

/// All text of an element, without blanks: base64.
fn text(tree: &Document<'_>, id: NodeId) -> String {
    let mut whole = String::new();
    for child in tree.children_iter(id) {
        if let Some(NodeKind::Text(part) | NodeKind::CData(part)) = tree.node_kind(child) {
            whole.extend(part.split_whitespace());
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><!-- exported --><md:EntityDescriptor xmlns:md=\"{METADATA}\" \
             xmlns:ds=\"{SIGNATURES}\" entityID=\"https://idp.example\">{inside}</md:EntityDescriptor>"
        )
    }

    fn key(use_: &str, certificate: &str) -> String {
        format!(
            "<md:KeyDescriptor{use_}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>\
             </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
    }

    #[test]
    fn signing_certificates_of_the_provider_are_found() {
        let keys = [
            key(" use=\"signing\"", "\nQUJD\nREVG\n"),
            key(" use=\"encryption\"", "WFla"),
            key("", "R0hJ"),
            key(" use=\"signing\"", "QUJDREVG"),
        ];
        let xml = file(&format!("<md:IDPSSODescriptor>{}</md:IDPSSODescriptor>", keys.concat()));
        let certificates = vec!["QUJDREVG".to_owned(), "R0hJ".to_owned()];
        assert_eq!(read(&xml), Ok(Metadata { entity_id: "https://idp.example".to_owned(), certificates }));
    }

    #[test]
    fn what_is_no_metadata_of_one_provider_is_refused() {
        let one = format!("<md:IDPSSODescriptor>{}</md:IDPSSODescriptor>", key("", "QUJD"));
        let two = format!(
            "<md:EntitiesDescriptor xmlns:md=\"{METADATA}\">{0}{0}</md:EntitiesDescriptor>",
            file(&one).split_once("-->").unwrap().1
        );
        for (xml, expected) in [
            ("", "XML"),
            ("-----BEGIN CERTIFICATE-----", "XML"),
            ("<a/>", "one identity provider"),
            (&file(""), "one identity provider"),
            (&file("<md:SPSSODescriptor/>"), "one identity provider"),
            (&file("<md:IDPSSODescriptor/>"), "no signing certificate"),
            (&two, "one identity provider"),
            (&format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{}", file(&one)), "XML"),
            (&" ".repeat(LONGEST + 1), "bytes"),
        ] {
            let problem = read(xml).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
