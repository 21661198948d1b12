//! From what was posted to a tree that has one reading: bounded, UTF-8, without DTD, comments or instructions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::xml::Document;
use bergshamra::xml::uppsala::Parser;

use crate::sso::refused::Refused;

/// Bytes of a decoded response. One with a thousand groups takes some 100 KiB.
const LONGEST: usize = 512 * 1024;
/// Characters of base64, with its line ends, that may become [`LONGEST`] bytes.
const LONGEST_ENCODED: usize = LONGEST / 3 * 4 + 64 * 1024;
/// Opening and closing tags.
const MOST_TAGS: usize = 40_000;
/// Equals signs between two `<`: more than the attributes of any element of SAML.
const MOST_ATTRIBUTES: usize = 256;
/// Elements within elements. Those of a response are eight deep.
const DEEPEST: u32 = 32;

/// Decodes the field `SAMLResponse` as the product received it (SAML bindings 3.5.4).
pub(super) fn decode(response: &str) -> Result<String, Refused> {
    if response.len() > LONGEST_ENCODED {
        return Err(too_large());
    }
    let compact: String = response.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(compact).map_err(|_| malformed("`response` is no standard base64"))?;
    if bytes.len() > LONGEST {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|_| malformed("the response is not in UTF-8"))
}

/// Parses the XML of a response.
pub(super) fn parse(xml: &str) -> Result<Document<'_>, Refused> {
    refuse_other_readings(xml)?;
    if xml.matches('<').count() > MOST_TAGS || xml.split('<').any(|tag| tag.matches('=').count() > MOST_ATTRIBUTES) {
        return Err(too_large());
    }
    let parser = Parser::new().with_max_depth(DEEPEST).with_forbid_dtd(true).with_forbid_entities(true);
    let tree = parser.parse(xml).map_err(|_| malformed("the response is no well-formed XML within the bounds"))?;
    let usual = tree.xml_declaration.as_ref().is_none_or(|declaration| {
        let utf_8 = declaration.encoding.as_ref().is_none_or(|encoding| encoding.eq_ignore_ascii_case("utf-8"));
        declaration.version == "1.0" && utf_8
    });
    if usual { Ok(tree) } else { Err(malformed("the response must be XML 1.0 in UTF-8")) }
}

/// Nothing that one reader sees and another does not: a comment inside an address has cut it short elsewhere
/// (CVE-2018-0489). Providers send none of these, so the characters are enough to go by.
fn refuse_other_readings(xml: &str) -> Result<(), Refused> {
    if xml.contains("<!DOCTYPE") || xml.contains("<!ENTITY") {
        return Err(malformed("the response has a document type declaration, which SAML does not allow"));
    }
    let body = xml.trim_start_matches('\u{feff}');
    let body = body.strip_prefix("<?xml ").unwrap_or(body);
    if body.contains("<!") || body.contains("<?") {
        let detail =
            "the response holds a comment, a CDATA section or a processing instruction, which are not accepted";
        return Err(Refused::Invalid(detail.to_owned()));
    }
    Ok(())
}

fn too_large() -> Refused {
    malformed("the response is too large; at most 512 KiB, 40000 tags and 256 attributes of an element are read")
}

fn malformed(detail: &str) -> Refused {
    Refused::Malformed(detail.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &str, expected: &str) {
        let said = parse(xml).err().map(|refused| refused.to_string()).unwrap_or_default();
        assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
    }

    #[test]
    fn base64_is_read_with_its_line_ends_and_no_other_alphabet() {
        assert_eq!(decode("PGEv\r\nPg==\n").as_deref(), Ok("<a/>"));
        for wrong in ["PGEvPg", "PGEv_Pg=", "%3C", "PGEvP===", "/w=="] {
            assert!(matches!(decode(wrong), Err(Refused::Malformed(_))), "{wrong}");
        }
        assert_eq!(decode(&"A".repeat(LONGEST_ENCODED + 1)), Err(too_large()));
        assert_eq!(decode(&"AAAA".repeat(LONGEST / 3 + 1)), Err(too_large()));
    }

    #[test]
    fn only_plain_xml_is_read() {
        check("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>&lt;&#65;</a>", "");
        check("<?xml version=\"1.1\"?><a/>", "XML 1.0");
        check("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", "UTF-8");
        check("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type");
        check("<a>&b;</a>", "well-formed");
        check("<a><!-- b --></a>", "comment");
        check("<a><![CDATA[b]]></a>", "CDATA");
        check("<a><?b c?></a>", "instruction");
        for wrong in ["", "a", "<a>", "<a/><b/>", "<a b='1' b='2'/>", "<x:a/>"] {
            check(wrong, "well-formed");
        }
    }

    #[test]
    fn sizes_are_bounded_before_anything_is_built() {
        check(&format!("{}{}", "<a>".repeat(32), "</a>".repeat(32)), "");
        check(&format!("{}{}", "<a>".repeat(33), "</a>".repeat(33)), "well-formed");
        check(&format!("<a>{}</a>", "<b/>".repeat(MOST_TAGS)), "too large");
        let attributes: Vec<String> = (0..=MOST_ATTRIBUTES).map(|number| format!(" a{number}=''")).collect();
        check(&format!("<a{}/>", attributes.concat()), "too large");
    }
}
