//! Room on the disk of the data directory.

use std::path::Path;
use std::process::Command;

use super::Finding;

const CHECK: &str = "disk_space";
/// Bytes below which writes are in danger.
const LEAST: u64 = 256 * 1024 * 1024;
/// Bytes below which somebody should look.
const FEW: u64 = 2 * 1024 * 1024 * 1024;

pub(super) fn check(directory: &Path) -> Vec<Finding> {
    if !directory.is_dir() {
        return Vec::new();
    }
    // The standard library does not tell; this program is on every system that Rollcall runs on (POSIX).
    let answer = Command::new("df").args(["-P", "-k", "--"]).arg(directory).env("LC_ALL", "C").output();
    let free = answer.ok().and_then(|answer| free(&String::from_utf8_lossy(&answer.stdout)));
    vec![match free {
        Some(free) => judged(directory, free),
        None => Finding::warning(
            CHECK,
            format!("nobody says how much room there is for {}", directory.display()),
            "see that `df` is installed, or look by hand",
        ),
    }]
}

/// Bytes that are free, from the second line of `df -P -k`: the fourth column from the first that is a number.
fn free(answer: &str) -> Option<u64> {
    let line = answer.lines().nth(1)?;
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    numbers.get(2)?.checked_mul(1024)
}

fn judged(directory: &Path, free: u64) -> Finding {
    let megabytes = free / 1024 / 1024;
    let said = format!("{megabytes} MB are free for {}", directory.display());
    let next = "make room, or move the data directory to a larger disk; a full disk stops every write";
    match free {
        ..LEAST => Finding::fault(CHECK, said, next),
        LEAST..FEW => Finding::warning(CHECK, said, next),
        FEW.. => Finding::ok(CHECK, said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Standing;

    #[test]
    fn free_room_is_read_and_judged() {
        let answer = |free: &str| {
            format!(
                "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 9000000 1 {free} 1% /my data\n"
            )
        };
        for (kilobytes, standing) in [
            ("100", Standing::Fault),
            ("262143", Standing::Fault),
            ("262144", Standing::Warning),
            ("9999999", Standing::Ok),
        ] {
            let free = free(&answer(kilobytes)).unwrap();
            assert_eq!(judged(Path::new("/data"), free).standing, standing, "{kilobytes}");
        }
        assert_eq!(free("df: no such file"), None);
    }
}
