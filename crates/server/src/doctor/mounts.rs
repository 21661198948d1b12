//! On what kind of file system a path is.

use std::path::{Path, PathBuf};

/// The kind, as the system calls it; `None` where the system does not say.
pub(super) fn kind_of(path: &Path) -> Option<String> {
    let path = std::fs::canonicalize(path).ok()?;
    kind_in(&std::fs::read_to_string("/proc/self/mountinfo").ok()?, &path)
}

/// From the lines of `mountinfo` (proc(5)): the last mount whose point is the longest beginning of the path.
fn kind_in(mounts: &str, path: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let (before, after) = line.split_once(" - ")?;
        let point = PathBuf::from(unescaped(before.split(' ').nth(4)?));
        let length = point.components().count();
        if path.starts_with(&point) && best.is_none_or(|(longest, _)| length >= longest) {
            best = Some((length, after.split(' ').next()?));
        }
    }
    best.map(|(_, kind)| kind.to_owned())
}

/// Blanks in paths are written in octal.
fn unescaped(point: &str) -> String {
    point.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 0:20 / / rw,relatime - overlay overlay rw
23 22 0:21 / /proc rw - proc proc rw
24 22 8:1 / /var rw shared:1 - ext4 /dev/sda1 rw
25 24 0:50 / /var/lib/my\\040data rw - nfs4 server:/export rw
26 22 0:51 / /mnt rw - ext4 /dev/sdb1 rw
27 22 0:52 / /mnt rw - cifs //server/share rw";

    #[test]
    fn the_innermost_and_latest_mount_counts() {
        for (path, kind) in [
            ("/etc", "overlay"),
            ("/var/lib/rollcall", "ext4"),
            ("/var/lib/my data/rollcall", "nfs4"),
            ("/var/lib/my data", "nfs4"),
            ("/variable", "overlay"),
            ("/mnt/a", "cifs"),
        ] {
            assert_eq!(kind_in(MOUNTS, Path::new(path)).as_deref(), Some(kind), "{path}");
        }
        assert_eq!(kind_in("", Path::new("/")), None);
    }
}
