//! Writing a backup: a snapshot of the database, page by page, while others write.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rollcall_directory::{Directory, Snapshot, Table};
use rollcall_scim::timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::new_file::NewFile;
use super::{BackupError, End, FORM, Head, TableHead, Told, hexadecimal};

/// Rows that are in memory at a time.
const PAGE: u64 = 200;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Written {
    pub(crate) tables: usize,
    pub(crate) rows: u64,
    pub(crate) sha256: String,
}

/// Writes everything to a new file that only its owner may read; `-` is standard output. The file has its name only once
/// it is whole and on the disk.
pub(crate) async fn write(
    directory: &Directory,
    target: &Path,
    now: i64,
    told: Told<'_>,
) -> Result<Written, BackupError> {
    if target == Path::new("-") {
        let mut lines = Lines::to(Box::new(std::io::stdout()), target);
        return everything(directory, &mut lines, now, told).await;
    }
    let partial = NewFile::create(target)?;
    let file = partial.writer()?;
    let mut lines = Lines::to(Box::new(file), target);
    let written = everything(directory, &mut lines, now, told).await?;
    partial.finish()?;
    Ok(written)
}

async fn everything(
    directory: &Directory,
    lines: &mut Lines,
    now: i64,
    told: Told<'_>,
) -> Result<Written, BackupError> {
    let snapshot = directory.snapshot().await?;
    let tables = snapshot.tables().await?;
    let mut counted = Vec::with_capacity(tables.len());
    for table in tables {
        counted.push((snapshot.count_rows(&table).await?, table));
    }
    let rows = counted.iter().map(|(rows, _)| rows).sum();
    let schema = snapshot.schema_steps().await?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    lines.write(&Head { rollcall_backup: FORM, version, made_at: timestamp::to_rfc3339(now), rows, schema })?;
    let mut done = 0;
    for (rows, table) in &counted {
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        lines.write(&TableHead { table: table.name.clone(), rows: *rows, columns })?;
        write_rows(&snapshot, table, lines, &mut |count| {
            done += count;
            told(done, rows_of(&counted));
        })
        .await?;
    }
    let sha256 = lines.end()?;
    Ok(Written { tables: counted.len(), rows, sha256 })
}

fn rows_of(counted: &[(u64, Table)]) -> u64 {
    counted.iter().map(|(rows, _)| rows).sum()
}

async fn write_rows(
    snapshot: &Snapshot,
    table: &Table,
    lines: &mut Lines,
    told: &mut (dyn FnMut(u64) + Send),
) -> Result<(), BackupError> {
    let mut last: Option<Vec<Value>> = None;
    loop {
        let rows = snapshot.rows_after(table, last.as_deref(), PAGE).await?;
        for row in &rows {
            lines.write(row)?;
        }
        told(rows.len() as u64);
        match rows.into_iter().next_back() {
            Some(row) => last = Some(row),
            None => return Ok(()),
        }
    }
}

/// Lines of JSON and the hash of all of them.
struct Lines {
    to: BufWriter<Box<dyn Write + Send>>,
    place: PathBuf,
    hash: Sha256,
}

impl Lines {
    fn to(to: Box<dyn Write + Send>, place: &Path) -> Self {
        Self { to: BufWriter::new(to), place: place.to_owned(), hash: Sha256::new() }
    }

    fn write(&mut self, value: &impl Serialize) -> Result<(), BackupError> {
        let failed = |problem: std::io::Error| BackupError::File { place: self.place.clone(), problem };
        let mut line = serde_json::to_vec(value).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.hash.update(&line);
        self.to.write_all(&line).map_err(failed)
    }

    fn end(&mut self) -> Result<String, BackupError> {
        let sha256 = hexadecimal(&self.hash.clone().finalize());
        self.write(&End { sha256: sha256.clone() })?;
        self.to.flush().map_err(BackupError::file(&self.place))?;
        Ok(sha256)
    }
}
