//! A file that only its owner may read, and that has its name only once it is whole and on the disk.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use super::{BackupError, sync_directory_of};

/// A file that goes again unless it was finished.
#[derive(Debug)]
pub(crate) struct NewFile {
    target: PathBuf,
    partial: PathBuf,
    file: File,
}

impl NewFile {
    /// Begins a file that is not there yet.
    pub(crate) fn create(target: &Path) -> Result<Self, BackupError> {
        if target.try_exists().map_err(BackupError::file(target))? {
            return Err(BackupError::Exists(target.to_owned()));
        }
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        let partial = target.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&partial).map_err(BackupError::file(&partial))?;
        Ok(Self { target: target.to_owned(), partial, file })
    }

    /// To write into it.
    pub(crate) fn writer(&self) -> Result<File, BackupError> {
        self.file.try_clone().map_err(BackupError::file(&self.partial))
    }

    /// Gives it its name. What was written has left its buffers.
    pub(crate) fn finish(self) -> Result<(), BackupError> {
        self.file.sync_all().map_err(BackupError::file(&self.target))?;
        // Unlike renaming, linking replaces nothing that came meanwhile. The other name goes when this is dropped.
        let linked = std::fs::hard_link(&self.partial, &self.target);
        linked.or_else(|_| renamed(&self.partial, &self.target)).map_err(BackupError::file(&self.target))?;
        sync_directory_of(&self.target)
    }
}

/// For file systems without links.
fn renamed(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.try_exists()? {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It may have been renamed.
        let _ = std::fs::remove_file(&self.partial);
    }
}
