//! The data directory: there, ours, closed to others, writable, on a disk of this machine.

use std::fs::{File, Metadata};
use std::path::Path;

use super::{Finding, mounts};

const CHECK: &str = "data_directory";

/// File systems on which SQLite's locks and shared memory do not hold.
const NETWORK: [&str; 10] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "fuse.sshfs"];

pub(super) fn check(directory: &Path) -> Vec<Finding> {
    let name = directory.display();
    let metadata = match std::fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => {
            let next = "name a directory with --data-dir or `data_dir`";
            return vec![Finding::fault(CHECK, format!("{name} is no directory"), next)];
        }
        Err(error) => {
            let next =
                "name the right directory with --data-dir or `data_dir`, or run `rollcall migrate` to make a new one";
            return vec![Finding::fault(CHECK, format!("{name} cannot be looked at: {error}"), next)];
        }
    };
    let mut found: Vec<Finding> =
        [owner(directory, &metadata), permissions(directory, &metadata), writable(directory), place(directory)]
            .into_iter()
            .flatten()
            .collect();
    if found.is_empty() {
        found.push(Finding::ok(CHECK, format!("{name} is there, writable, and closed to others")));
    }
    found
}

#[cfg(unix)]
fn owner(directory: &Path, metadata: &Metadata) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt;
    // What the system says of this very process: the user that runs the command.
    let ours = std::fs::metadata("/proc/self").ok()?.uid();
    let theirs = metadata.uid();
    let said = format!("{} belongs to the user {theirs}, and this is the user {ours}", directory.display());
    let next = "run Rollcall, and this command, as the user that owns the directory";
    (ours != theirs).then(|| Finding::warning(CHECK, said, next))
}

#[cfg(unix)]
fn permissions(directory: &Path, metadata: &Metadata) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    let said = format!("{} is open to other users of this machine (mode {mode:03o})", directory.display());
    let next = format!("close it: chmod 700 {}", directory.display());
    (mode & 0o077 != 0).then(|| Finding::warning(CHECK, said, next))
}

#[cfg(not(unix))]
fn owner(_: &Path, _: &Metadata) -> Option<Finding> {
    None
}

#[cfg(not(unix))]
fn permissions(_: &Path, _: &Metadata) -> Option<Finding> {
    None
}

/// Only an attempt tells: permissions, mounts and quotas all have their say.
fn writable(directory: &Path) -> Option<Finding> {
    let probe = directory.join(format!(".rollcall-doctor-{}", std::process::id()));
    let tried = File::create_new(&probe).and_then(|_| std::fs::remove_file(&probe));
    tried.err().map(|error| refused(directory, &error))
}

fn refused(directory: &Path, error: &std::io::Error) -> Finding {
    let next = "give the user that runs Rollcall the right to write there, or mount the file system writable";
    Finding::fault(CHECK, format!("nothing can be written into {}: {error}", directory.display()), next)
}

fn place(directory: &Path) -> Option<Finding> {
    let kind = mounts::kind_of(directory)?;
    let said = format!(
        "{} is on a network file system ({kind}), where a power cut or a second server damages SQLite",
        directory.display()
    );
    let next = "put it on a disk of this machine, or use PostgreSQL";
    NETWORK.contains(&kind.as_str()).then(|| Finding::fault(CHECK, said, next))
}
