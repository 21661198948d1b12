//! The PATCH message itself (G-1, G-2, G-12; GE-77, GE-78).

use rollcall_scim::patch::{PATCH_URN, parse};
use rollcall_scim::{ScimError, Tolerances};
use serde_json::{Value, json};

#[test]
fn messages() {
    let operations = |operations: Value| json!({"schemas": [PATCH_URN], "Operations": operations});
    let title = || json!({"op": "add", "path": "title", "value": "x"});
    // `ok`, or the keyword of the refusal; lenient, then strict.
    let rows = [
        ("G-1", operations(json!([title()])), "ok", "ok"),
        ("GE-77", operations(json!([{"op": "test", "path": "title"}])), "invalidSyntax", "invalidSyntax"),
        ("G-2", operations(json!([{"op": "move", "path": "title"}])), "invalidSyntax", "invalidSyntax"),
        ("GE-77", operations(json!([{"path": "title", "value": "x"}])), "invalidSyntax", "invalidSyntax"),
        ("G-2", operations(json!([{"op": 1, "path": "title", "value": "x"}])), "invalidSyntax", "invalidSyntax"),
        // Design section 7: an empty list changes nothing.
        ("GE-77", operations(json!([])), "ok", "invalidSyntax"),
        ("GE-77", operations(json!({})), "invalidSyntax", "invalidSyntax"),
        ("G-1", json!({"schemas": [PATCH_URN]}), "invalidSyntax", "invalidSyntax"),
        ("G-1", operations(json!(["x"])), "invalidSyntax", "invalidSyntax"),
        ("GE-77", json!({"schemas": ["urn:x"], "Operations": [title()]}), "invalidSyntax", "invalidSyntax"),
        ("G-1", json!({"schemas": [PATCH_URN, "urn:x"], "Operations": [title()]}), "ok", "invalidSyntax"),
        ("G-1", json!({"schemas": [], "Operations": [title()]}), "ok", "invalidSyntax"),
        ("G-1", json!({"schemas": null, "Operations": [title()]}), "ok", "invalidSyntax"),
        ("A-52", json!({"schemas": [PATCH_URN.to_uppercase()], "Operations": [title()]}), "ok", "ok"),
        ("G-1", json!({"schemas": PATCH_URN, "Operations": [title()]}), "invalidSyntax", "invalidSyntax"),
        ("G-1", json!({"Operations": [title()]}), "ok", "invalidSyntax"),
        ("G-1", json!({"schemas": [PATCH_URN], "operations": [title()]}), "ok", "invalidSyntax"),
        ("G-1", json!([title()]), "invalidSyntax", "invalidSyntax"),
        ("G-2", operations(json!([{"op": "Add", "path": "title", "value": "x"}])), "ok", "invalidSyntax"),
        ("GE-78", operations(json!([{"op": "add", "path": "title"}])), "invalidValue", "invalidValue"),
        ("G-12", operations(json!([{"op": "replace", "path": "title"}])), "invalidValue", "invalidValue"),
        ("G-12", operations(json!([{"op": "replace", "path": "title", "value": null}])), "ok", "ok"),
        ("GE-7", operations(json!([{"op": "remove"}])), "noTarget", "noTarget"),
        // Design section 7: a null path is no path.
        ("G-8", operations(json!([{"op": "replace", "path": null, "value": {}}])), "ok", "ok"),
        ("G-8", operations(json!([{"op": "replace", "path": 5, "value": "x"}])), "invalidPath", "invalidPath"),
        ("G-1", operations(json!([title(), title(), title()])), "ok", "ok"),
        ("G-1", operations(json!([title(), title(), title(), title()])), "413", "413"),
    ];
    for (id, body, lenient, strict) in rows {
        for (tolerances, expected) in [(Tolerances::lenient(), lenient), (Tolerances::strict(), strict)] {
            let outcome = match parse(body.clone(), &tolerances, 3) {
                Ok(_) => "ok".to_owned(),
                Err(error) => keyword(&error),
            };
            assert_eq!(outcome, expected, "{id} {body}");
        }
    }
}

fn keyword(error: &ScimError) -> String {
    error.scim_type().map_or_else(|| error.status().to_string(), |it| it.as_str().to_owned())
}
