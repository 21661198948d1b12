//! A poor man's fuzzing without libFuzzer: seeds are cut, doubled and bent at random, always in the same way.
//! `ROUNDS=1000000 cargo test --release` takes longer and finds more.

use std::panic::{AssertUnwindSafe, catch_unwind};

const SEEDS: &[(&str, fn(&[u8]), &[&str])] = &[
    (
        "filter",
        rollcall_fuzz::filter,
        &[
            r#"userName eq "ada" and not (emails[type eq "work" and value co "x"] or title pr)"#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "m" or active eq true"#,
            r#"meta.created gt "2024-01-10T10:00:00+02:00" and (title ne null or roles[primary eq "True"].value sw "\u0062")"#,
            r#"emails eq "A@W.example" or schemas co "core" or name pr and x509Certificates.value eq "MIIB""#,
        ],
    ),
    (
        "path",
        rollcall_fuzz::path,
        &[
            r#"emails[type eq "work" and (value co "\"" or primary eq true)].value"#,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
            "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
        ],
    ),
    (
        "patch",
        rollcall_fuzz::patch,
        &[
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"emails[type eq \"other\"].value","value":"x@x.example"},{"op":"replace","value":{"name.givenName":"Q","active":"False","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager":"m2"}},{"op":"remove","path":"roles"}]}"#,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members","value":[{"value":"a","$ref":null}]},{"op":"add","path":"members","value":["b",{"$ref":"/Users/c","display":null}]},{"op":"replace","path":"members[value eq \"a\"]","value":{"value":"d"}},{"op":"replace","path":"displayName","value":"X"}]}"#,
        ],
    ),
    (
        "body",
        rollcall_fuzz::body,
        &[
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"b","active":"true","emails":[{"value":"x","primary":true},{"value":"y"}],"name":{"givenName":"A"},"addresses":[{"country":"NO","streetAddress":"1\n2"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m"},"department":"D"},"phoneNumbers":[{"value":"1"}],"profileUrl":"https://x.example","groups":[]}"#,
            r#"{"displayName":"G","externalId":"e","members":[{"value":"a","type":"User","display":"x"},{"$ref":"Users/b"}],"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]}"#,
        ],
    ),
    ("preconditions", rollcall_fuzz::preconditions, &["W/\"7\", \"8\", W/\"a,b\"\n*", "*\nW/\"\""]),
    (
        "bulk",
        rollcall_fuzz::bulk,
        &[
            r#"x{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"failOnErrors":2,"Operations":[{"method":"POST","path":"/Groups","bulkId":"a","data":{"displayName":"A","members":[{"value":"bulkId:b"}]}},{"method":"POST","path":"/Groups","bulkId":"b","data":{"displayName":"B","members":[{"value":"bulkId:a"},{"value":"bulkId:c"}]}},{"method":"POST","path":"/Users","bulkId":"c","data":{"userName":"c"}},{"method":"PATCH","path":"/Users/bulkId:c","data":{"Operations":[]}},{"method":"DELETE","path":"/Users/x","version":"W/\"1\""}]}"#,
        ],
    ),
    (
        "query",
        rollcall_fuzz::query,
        &[
            "filter=userName+eq+%22a%2Bb%22&count=5&cursor=&sortBy=title&sortOrder=descending&attributes=a,b.c&startIndex=3",
        ],
    ),
];

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "\"",
    "\\",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    " ",
    ",",
    ":",
    ".",
    "null",
    "true",
    "1e9",
    "-0",
    "9223372036854775808",
    "\u{0}",
    "\u{301}",
    "İ",
    "ß",
    "bulkId:",
    "bulkId:a",
    "urn:",
    "eq",
    " and ",
    "not",
    "pr",
    "$ref",
    "value",
    "primary",
    "\"\"",
    "[]",
    "{}",
    "*",
    "W/",
    "%",
    "&",
    "=",
    "schemas",
    "members",
    "emails",
    "type",
    "\u{1F600}",
    "0.1",
    "id",
    "meta",
    "\\ud800",
];

struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below.max(1) as u64).unwrap_or_default()
    }

    fn bend(&mut self, data: &mut Vec<u8>) {
        let at = self.throw(data.len() + 1);
        let until = (at + self.throw(12)).min(data.len());
        match self.throw(5) {
            0 => drop(data.drain(at..until)),
            1 => drop(data.splice(at..at, data[at..until].to_vec())),
            2 | 3 => drop(data.splice(at..until, PIECES[self.throw(PIECES.len())].bytes())),
            _ => {
                let to = self.throw(data.len() + 1);
                let piece: Vec<u8> = data[at..until].to_vec();
                drop(data.splice(to..to, piece));
            }
        }
    }
}

#[test]
fn nothing_panics_on_bent_input() {
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20_000);
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let mut found = Vec::new();
    for (name, attack, seeds) in SEEDS {
        for _ in 0..rounds {
            let mut data = seeds[dice.throw(seeds.len())].as_bytes().to_vec();
            for _ in 0..=dice.throw(4) {
                dice.bend(&mut data);
            }
            if catch_unwind(AssertUnwindSafe(|| attack(&data))).is_err() {
                found.push(format!("{name}: {}", String::from_utf8_lossy(&data)));
                if found.len() > 20 {
                    panic!("{found:#?}");
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
