//! The shape of the sources: size of files, no `mod.rs`, a first line that says what a file is.
#![expect(clippy::panic, reason = "a test that cannot go on stops")]

use std::path::{Path, PathBuf};

/// Files longer than this are split by subject.
const LINES: usize = 500;

/// Files that are longer nevertheless. This list may only shrink.
const OVERSIZED: &[&str] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["crates", "migrations", "conformance", "xtask", "fuzz", "examples"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources are not where they were");
    found
}

fn collect(directory: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            found.push((name, text));
        }
    }
}

#[test]
fn files_are_short() {
    let long: Vec<String> =
        sources().into_iter().filter(|(_, text)| text.lines().count() > LINES).map(|(path, _)| path).collect();
    assert_eq!(long, OVERSIZED, "split what is longer than {LINES} lines");
}

#[test]
fn modules_are_named_by_their_file() {
    let named: Vec<String> =
        sources().into_iter().map(|(path, _)| path).filter(|path| path.ends_with("/mod.rs")).collect();
    assert!(named.is_empty(), "`foo.rs` beside `foo/` instead of `foo/mod.rs`: {named:?}");
}

#[test]
fn each_file_says_what_it_is() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| {
            let first =
                text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#![")).unwrap_or_default();
            !first.starts_with("//!")
        })
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "the first line is a `//!` sentence: {silent:#?}");
}

#[test]
fn nothing_is_left_to_do() {
    let marks = [["to", "do!("].concat(), ["unimpl", "emented!("].concat(), ["FIX", "ME"].concat()];
    let unfinished: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| marks.iter().any(|mark| text.contains(mark.as_str())))
        .map(|(path, _)| path)
        .collect();
    assert!(unfinished.is_empty(), "finish or drop it: {unfinished:?}");
}
