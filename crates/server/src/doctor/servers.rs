//! How many servers have the same embedded database.
//!
//! A server locks a file, and a second one is refused. That does not hold where somebody removed the file, or on file
//! systems without locks: then only the list of processes tells.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rollcall_directory::LOCK_FILE;

use super::Finding;

const CHECK: &str = "servers";

pub(super) fn check(directory: &Path) -> Vec<Finding> {
    let Ok(directory) = std::fs::canonicalize(directory) else { return Vec::new() };
    let servers = holding(&directory.join(LOCK_FILE));
    let running: Vec<String> = servers.iter().map(ToString::to_string).collect();
    vec![match running.as_slice() {
        [] => Finding::ok(CHECK, "no server of this user runs on the data directory now"),
        [one] => Finding::ok(CHECK, format!("one server runs on the data directory (process {one})")),
        several => Finding::fault(
            CHECK,
            format!("{} servers run on one data directory (processes {})", several.len(), several.join(", ")),
            "stop all but one, and run `rollcall doctor` again: the database may be damaged; several servers need PostgreSQL",
        ),
    }]
}

/// Processes that have the lock file open, also one of that name that was removed.
fn holding(lock: &Path) -> BTreeSet<u32> {
    let removed = PathBuf::from(format!("{} (deleted)", lock.display()));
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())));
    let holds = |process: &(u32, PathBuf)| {
        let files = std::fs::read_dir(process.1.join("fd")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|file| file == lock || file == removed)
    };
    processes.filter(holds).map(|(id, _)| id).collect()
}
