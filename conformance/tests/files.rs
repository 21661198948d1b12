//! The files of the suite are whole: all parse, all are embedded, no step uses a variable that nothing sets.
#![expect(clippy::panic, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;
use std::path::Path;

use rollcall_conformance::script::{Script, Step};
use rollcall_conformance::variables::Variables;
use rollcall_conformance::{catalogue, filters, patches};

#[test]
fn every_file_parses() {
    assert!(catalogue::scripts().unwrap().len() > 90);
    assert!(filters::row_ids().unwrap().len() > 100);
    assert!(patches::row_ids().unwrap().len() > 90);
}

#[test]
fn every_file_is_embedded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut there = BTreeSet::new();
    for folder in ["dialogues", "checks"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            there.insert(format!("{folder}/{}", path.file_stem().unwrap().to_str().unwrap()));
        }
    }
    let embedded: BTreeSet<String> = catalogue::file_names().into_iter().map(str::to_owned).collect();
    assert_eq!(embedded, there, "list the file in src/catalogue.rs");
}

#[test]
fn no_step_uses_what_nothing_sets() {
    for (group, script) in catalogue::scripts().unwrap() {
        dry_run(&group, &script);
    }
}

/// Fills every template with what earlier steps capture, as if all answers were as expected.
fn dry_run(group: &str, script: &Script) {
    let mut variables = Variables::new("http://base.example/scim/v2", "1");
    assert!(!script.steps.is_empty(), "{group}: `{}` has no steps", script.title);
    for (index, step) in script.steps.iter().enumerate() {
        fill(&variables, step)
            .unwrap_or_else(|reason| panic!("{group}: `{}` step {}: {reason}", script.title, index + 1));
        for name in step.capture.keys() {
            variables.set(name, serde_json::json!({"captured": name}));
        }
    }
}

fn fill(variables: &Variables, step: &Step) -> Result<(), String> {
    variables.fill_target(&step.send)?;
    for template in [&step.body, &step.expect].into_iter().flatten() {
        variables.fill_json(template)?;
    }
    if let Some(raw) = &step.raw {
        variables.fill(raw)?;
    }
    if let Some(echo) = &step.echo {
        variables.text_of(&echo.of)?;
        echo.with.as_ref().map_or(Ok(serde_json::Value::Null), |with| variables.fill_json(with))?;
    }
    for text in step.headers.values().chain(step.answer.values()).chain(step.nowhere.iter()) {
        variables.fill(text)?;
    }
    Ok(())
}

#[test]
fn titles_tell_checks_apart() {
    let mut seen = BTreeSet::new();
    for (group, script) in catalogue::scripts().unwrap() {
        assert!(seen.insert((group.clone(), script.title.clone())), "{group}: `{}` stands twice", script.title);
    }
}
