//! The redaction property: over random people in every form in which a provider may send them, no value of a secret and,
//! redacted, no value of a person is anywhere in what is stored.

use serde_json::json;

use super::*;
use crate::ids::Ids;
use rollcall_policy::{CompanyId, ConnectionId};

const BASE: &str = "https://scim.example/scim/v2";
const RUNS: u64 = 300;

/// A random person, and what was made up for them.
struct Person {
    ids: Ids,
    secrets: Vec<String>,
    personal: Vec<String>,
}

impl Person {
    fn of(seed: u64) -> Self {
        Self { ids: Ids::seeded(seed), secrets: Vec::new(), personal: Vec::new() }
    }

    fn dice(&self, sides: u8) -> u8 {
        self.ids.bytes::<1>()[0] % sides
    }

    /// A text that stands nowhere else, in different clothes.
    fn text(&self) -> String {
        let numbers = self.ids.numbers(2);
        let core = format!("V{}w{}", numbers[0], numbers[1]);
        match self.dice(6) {
            0 => format!("{core}@acme.example"),
            1 => format!("Zoë {core} O'Hara"),
            2 => format!("+49 {core}"),
            3 => format!("{core}\"\\\n'`$(x)"),
            4 => format!("true {core} and \"a\" or ["),
            _ => core,
        }
    }

    fn personal(&mut self) -> Value {
        let text = self.text();
        self.personal.push(text.clone());
        Value::from(text)
    }

    fn secret(&mut self) -> Value {
        let text = self.text();
        self.secrets.push(text.clone());
        Value::from(text)
    }

    fn attributes(&mut self) -> Value {
        json!({
            "name": {"givenName": self.personal(), "familyName": self.personal(), "formatted": self.personal()},
            "displayName": self.personal(), "nickName": self.personal(), "title": self.personal(),
            "emails": [{"value": self.personal(), "type": "work", "display": self.personal()}],
            "phoneNumbers": [{"value": self.personal(), "type": self.personal()}],
            "addresses": {"streetAddress": self.personal(), "locality": self.personal(), "country": self.personal()},
            "locale": self.personal(), "timezone": self.personal(), "photos": [{"value": self.personal()}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
                {"employeeNumber": self.personal(), "manager": {"value": self.personal(), "displayName": self.personal()}},
            "favouriteDrink": [self.personal(), [self.personal()]], "meta": {"location": self.personal()},
            "password": self.secret(), "apiToken": {"value": self.secret()}, "client_secret": [self.secret()],
        })
    }

    /// The same in the form that a provider chose.
    fn body(&mut self) -> Value {
        let all = self.attributes();
        match self.dice(4) {
            0 => all,
            1 => json!({"Operations": self.operations(&all)}),
            2 => json!({"Operations": [{"method": "POST", "path": "/Users", "bulkId": "1", "data": all}]}),
            _ => json!({"filter": format!("title eq \"{}\"", self.personal().as_str().unwrap()), "Resources": [all]}),
        }
    }

    fn operations(&mut self, all: &Value) -> Vec<Value> {
        let mut operations = vec![json!({"op": "replace", "value": all})];
        for (name, value) in all.as_object().unwrap() {
            operations.push(json!({"op": "Add", "path": name, "value": value}));
        }
        let address = self.personal().as_str().unwrap().replace(['"', '\\', '\n'], "");
        operations.push(json!({"op": "remove", "path": format!("emails[value eq \"{address}\"]")}));
        operations.push(json!({"op": "add", "path": "urn:x:2.0:User:password", "value": self.secret()}));
        operations
    }

    fn captured(&mut self, mode: Mode) -> Captured {
        let body = self.body();
        // An error quotes what was sent, in whole and in pieces.
        let said = body.to_string().chars().skip(40).take(300).collect::<String>();
        let all = format!("`{}` is not `{}`: {said}", self.personal.join("` or `"), self.secrets.join("` or `"));
        let answer = self.body();
        let failed = self.dice(2) == 0;
        let answer = if failed { json!({"status": "400", "detail": all}) } else { answer };
        let part = |value: &Value| Part::of(value.to_string().into_bytes().into());
        let asked = self.personal().as_str().unwrap().to_owned();
        let filter = format!("name.familyName eq \"{asked}\" or {asked}");
        let encode =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        Captured {
            scope: Scope { company: CompanyId::from_u128(1), connection: ConnectionId::from_u128(2) },
            mode: Some(mode),
            strict: false,
            at: 1_800_000_000_000_000,
            request_id: "r".to_owned(),
            method: "POST".to_owned(),
            path: format!("/Users/{}", encode(&asked)),
            query: Some(format!("filter={}&{}=1&x={}", encode(&filter), encode(&asked), encode(&asked))),
            headers: Vec::new(),
            body: part(&body),
            answer: part(&answer),
            status: if failed { 400 } else { 200 },
            tolerances: Vec::new(),
            person: None,
            micros: 1,
        }
    }
}

/// The middle of a text, which no clothing changes.
fn core(text: &str) -> &str {
    let start = text.find('V').unwrap();
    let rest = &text[start..];
    &rest[..rest.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(rest.len())]
}

#[test]
fn no_secret_is_ever_kept_and_redacted_nothing_of_a_person() {
    for seed in 0..RUNS {
        for mode in [Mode::Redacted, Mode::Full] {
            let mut person = Person::of(seed);
            let captured = person.captured(mode);
            let body_bytes = if seed % 3 == 0 { 500 } else { 1_000_000 };
            let keeper = Keeper { body_bytes, scim_base_url: BASE.to_owned() };
            let kept = format!("{:?}", keeper.entry(JournalEntryId::from_u128(1), captured, mode));
            let hidden = person.secrets.iter().chain(person.personal.iter().filter(|_| mode == Mode::Redacted));
            for text in hidden {
                assert!(!kept.contains(core(text)), "seed {seed}, {mode:?}: `{text}` is in {kept}");
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_not_kept() {
    let keeper = Keeper { body_bytes: 1_000, scim_base_url: BASE.to_owned() };
    for mode in [Mode::Redacted, Mode::Full] {
        for text in ["{\"password\":\"s3cret\"", "password=s3cret", "\u{feff}{\"password\":\"s3cret\"}"] {
            let mut captured = Person::of(1).captured(mode);
            captured.body = Part::of(text.as_bytes().to_vec().into());
            let detail = json!({"status": "400", "scimType": "invalidSyntax", "detail": "unexpected `s3cret`"});
            captured.answer = Part::of(detail.to_string().into_bytes().into());
            captured.status = 400;
            let entry = keeper.entry(JournalEntryId::from_u128(1), captured, mode);
            let exchange = Exchange::of(&entry).unwrap();
            assert_eq!((exchange.request.text, exchange.request.whole), (None, false));
            assert_eq!(entry.scim_type.as_deref(), Some("invalidSyntax"));
            assert!(!entry.exchange.contains("s3cret"), "{}", entry.exchange);
        }
    }
}
