//! Database files are for their owner alone.

use std::path::Path;

/// Makes an empty file that nobody else may read, if none is there; SQLite takes it for a new database, and gives the files
/// beside it (`-wal`, `-shm`) the same mode. What fails here fails again when SQLite opens it, which says it better.
pub(crate) fn make(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    // One that is there is not opened: closing it would end SQLite's locks of this process.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}
