//! samlp signs somebody in, with the response, the assertion, or both signed.

use serde_json::{Value, json};

use super::{installed, printed};
use crate::admin;
use crate::product::Printed;
use crate::shell;
use crate::tally::{On, Tally};

const ISSUER: &str = "https://idp.example/metadata";
const AUDIENCE: &str = "https://app.example/saml";
const RECIPIENT: &str = "https://app.example/saml/acs";
const EMAIL: &str = "saml@acme.example";

/// Each response signs the person in once, and is refused when it comes again.
pub(super) fn run(server: &Printed, on: On, tally: &mut Tally) -> Result<(), String> {
    let made = printed(&installed("saml")?, "sign-in.mjs", &[ISSUER, AUDIENCE, RECIPIENT, EMAIL])?;
    let key = match connect(server, &made) {
        Ok(key) => key,
        Err(reason) => {
            shell::say(&format!("samlp is skipped: no SAML connection could be made: {reason}"));
            return Ok(());
        }
    };
    let responses = made.get("responses").and_then(Value::as_array).ok_or("samlp made no responses")?;
    let (mut passed, mut failed) = (0, 0);
    for sent in responses {
        let evidence = json!({"type": "saml", "response": sent.get("response"), "request_id": sent.get("request_id")});
        for (status, member, expected) in [(200, "decision", "allow"), (401, "type", "evidence_replayed")] {
            let (told, answer) = admin::call(server, &key, "/sso/sign-in", &json!({"evidence": evidence}))?;
            if told == status && answer.get(member).and_then(Value::as_str) == Some(expected) {
                passed += 1;
            } else {
                failed += 1;
                shell::say(&format!("FAILED samlp, {}: {told} {answer}", sent.get("signed").unwrap_or(&Value::Null)));
            }
        }
    }
    tally.add("samlp", on, passed, failed);
    Ok(())
}

/// Makes a connection that trusts the provider; its sign-in key.
fn connect(server: &Printed, made: &Value) -> Result<String, String> {
    let settings = json!({
        "protocol": "saml",
        "saml": {
            "idp_entity_id": ISSUER, "certificates": [made.get("certificate")], "audience": AUDIENCE, "recipient": RECIPIENT,
        },
    });
    admin::sign_in_key(server, "acme-saml", settings)
}
