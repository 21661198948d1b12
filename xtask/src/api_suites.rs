//! The description of the interfaces, held against the standard (openapi-spec-validator) and against the server
//! (schemathesis): whatever is sent, no failure of ours, and no answer that the description does not know.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::admin::{get, post, text};
use crate::product::Printed;
use crate::shell;
use crate::tally::{On, Tally};

/// Requests of one operation that are made up.
const EXAMPLES: u32 = 20;
/// The id of nothing.
const NOTHING: &str = "01900000-0000-7000-8000-000000000000";

/// Runs both.
pub(crate) fn run(programs: &Path, server: &Printed, on: On, tally: &mut Tally) -> Result<(), String> {
    let directory = shell::target_directory().join("schemathesis");
    std::fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let file = |name: &str| directory.join(name);
    let (description, settings, report) = (file("openapi.json"), file("schemathesis.toml"), file("report.json"));
    let document = get(server, "/api/openapi.json")?.to_string();
    for (path, text) in [(&description, document), (&settings, configuration(server)?)] {
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut validator = Command::new(programs.join("openapi-spec-validator"));
    let (valid, _lines) = shell::watched(validator.arg(&description))?;
    tally.add("openapi-spec-validator", on, usize::from(valid), usize::from(!valid));
    let mut command = Command::new(programs.join("schemathesis"));
    command.arg("--config-file").arg(&settings).arg("run").arg(&description);
    command.args(["--phases", "examples,coverage,fuzzing"]);
    command.args(["--seed", "1", "--report", "json", "--report-json-path"]).arg(&report);
    // Tokens go through the environment: other users of the machine can read command lines.
    command.env("ROLLCALL_ADMIN_TOKEN", &server.admin_token).env("ROLLCALL_PRODUCT_KEY", &server.product_key);
    command.env("ROLLCALL_SIGN_IN_KEY", &server.sign_in_key).current_dir(&directory);
    // What an earlier run wrote must not pass for this one.
    let _removed = std::fs::remove_file(&report);
    let (_succeeded, _lines) = shell::watched(&mut command)?;
    let text =
        std::fs::read_to_string(&report).map_err(|error| format!("schemathesis ended without a report: {error}"))?;
    let (passed, failed) = counts(&text)?;
    tally.add("schemathesis", on, passed, failed);
    Ok(())
}

/// The part of the report that counts.
#[derive(Debug, Deserialize)]
struct Report {
    complete: bool,
    test_cases: Cases,
    errors: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Cases {
    generated: usize,
    unique_failures: usize,
}

fn counts(report: &str) -> Result<(usize, usize), String> {
    let report: Report = serde_json::from_str(report).map_err(|error| format!("schemathesis' report: {error}"))?;
    if !report.complete || report.test_cases.generated == 0 {
        return Err("schemathesis did not come to its end; its output stands above".to_owned());
    }
    let failed = report.test_cases.unique_failures + report.errors.len();
    Ok((report.test_cases.generated.saturating_sub(failed), failed))
}

/// What paths name is there, so that requests get past it; nothing in it is needed by the suites that follow.
fn configuration(server: &Printed) -> Result<String, String> {
    post(server, "/companies/acme/organizations", &json!({"name": "probe"}))?;
    post(server, "/organizations/probe/teams", &json!({"name": "probe"}))?;
    let person = json!({"email": "probe@elsewhere.example", "email_verified": true});
    let account = text(&post(server, "/accounts", &person)?, "id")?;
    post(server, "/organizations/probe/members", &json!({"account_id": account, "role": "owner"}))?;
    let connection = json!({
        "name": "probe", "protocol": "attributes", "domains": ["acme.example"], "organizations": ["probe"],
    });
    let connection = text(&post(server, "/companies/acme/connections", &connection)?, "id")?;
    let mut settings = format!(
        "base-url = \"{}\"\nheaders = {{ Authorization = \"Bearer ${{ROLLCALL_ADMIN_TOKEN}}\" }}\n\
         request-timeout = 60\ncontinue-on-failure = true\n\n[parameters]\n",
        server.base_url
    );
    for (name, value) in [
        ("company", "acme"),
        ("name", "probe"),
        ("team", "probe"),
        ("domain", "acme.example"),
        ("account", &account),
        ("connection", &connection),
    ] {
        let _infallible = writeln!(settings, "\"path.{name}\" = \"{value}\"");
    }
    // What goes with the description may still be refused for what is stored: names that are taken, rules.
    let _infallible = write!(
        settings,
        "\n[generation]\nmax-examples = {EXAMPLES}\n\n[checks]\npositive_data_acceptance.enabled = false\n\n\
         [[operations]]\ninclude-name = \"DELETE /api/v1/connections/{{connection}}\"\n\
         parameters = {{ \"path.connection\" = \"{NOTHING}\" }}\n\n\
         [[operations]]\ninclude-path-regex = \"^/sso/\"\n\
         headers = {{ Authorization = \"Bearer ${{ROLLCALL_SIGN_IN_KEY}}\" }}\n\n\
         [[operations]]\ninclude-path-regex = \"^/api/v1/invitations/\"\n\
         headers = {{ Authorization = \"Bearer ${{ROLLCALL_PRODUCT_KEY}}\" }}\n"
    );
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_only_if_it_is_whole() {
        let report = |complete: bool, generated: usize| {
            let cases = json!({"generated": generated, "unique_failures": 2});
            counts(&json!({"complete": complete, "test_cases": cases, "errors": [{}]}).to_string())
        };
        assert_eq!(report(true, 100), Ok((97, 3)));
        assert!(report(false, 100).is_err());
        assert!(report(true, 0).is_err());
    }
}
