//! Restoring a backup: the whole file is checked first, then everything is stored in one unit of work.

use std::path::{Path, PathBuf};

use rollcall_directory::{
    Column, DATABASE_FILE, Database, Directory, DirectoryError, LOCK_FILE, OpenError, Options, Table, Unit,
};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;

use super::read::{BackupFile, Part};
use super::{BackupError, Head, TableHead, Told, sync_directory_of};
use crate::config::Config;

/// Rows that are collected before they are sent.
const BATCH: usize = 500;

/// What the database file is called until everything is in it.
const RESTORING: &str = "rollcall.db.restoring";

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Restored {
    pub(crate) rows: u64,
    /// When the backup was made.
    pub(crate) made_at: String,
    /// Migrations that the backup did not have and the database now has.
    pub(crate) migrated: Vec<String>,
}

/// Fills the empty place that the configuration names from a backup.
pub(crate) async fn restore(file: &Path, config: &Config, told: Told<'_>) -> Result<Restored, BackupError> {
    let head = check(file)?;
    let migrated = match &config.database_url {
        None => into_data_directory(file, &head, &config.data_dir, told).await?,
        Some(url) => match Database::from_url(url.expose_secret())? {
            Database::Sqlite(path) if path.exists() => return Err(BackupError::NotEmpty(path.display().to_string())),
            Database::Sqlite(path) => into_new_file(file, &head, &path, told).await?,
            Database::Postgres(url) => into_server(file, &head, &url, told).await?,
        },
    };
    Ok(Restored { rows: head.rows, made_at: head.made_at, migrated })
}

/// Reads the file to its end, so that nothing is begun with one that is not whole.
fn check(path: &Path) -> Result<Head, BackupError> {
    let (head, mut file) = BackupFile::open(path)?;
    while file.next()?.is_some() {}
    let known = rollcall_migrations::known();
    let newer: Vec<String> = head.schema.iter().filter(|step| !known.contains(step)).cloned().collect();
    if newer.is_empty() { Ok(head) } else { Err(BackupError::Newer { version: head.version, steps: newer }) }
}

async fn into_data_directory(
    file: &Path,
    head: &Head,
    directory: &Path,
    told: Told<'_>,
) -> Result<Vec<String>, BackupError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(BackupError::file(directory))?;
    for entry in std::fs::read_dir(directory).map_err(BackupError::file(directory))? {
        let name = entry.map_err(BackupError::file(directory))?.file_name().to_string_lossy().into_owned();
        // An earlier run that did not get far may have left its own.
        if name != LOCK_FILE && name != "lost+found" && !name.starts_with(RESTORING) {
            return Err(BackupError::NotEmpty(directory.display().to_string()));
        }
    }
    into_new_file(file, head, &directory.join(DATABASE_FILE), told).await
}

/// Under another name until everything is in it. The lock of servers is held meanwhile.
async fn into_new_file(file: &Path, head: &Head, path: &Path, told: Told<'_>) -> Result<Vec<String>, BackupError> {
    let partial = path.with_file_name(RESTORING);
    remove(&partial)?;
    let done = fill(file, head, Database::Sqlite(partial.clone()), told).await;
    let finished = match done {
        Ok(migrated) => put(&partial, path).map(|()| migrated),
        Err(error) => Err(error),
    };
    if finished.is_err() {
        remove(&partial)?;
    }
    finished
}

fn put(partial: &Path, path: &Path) -> Result<(), BackupError> {
    if beside(partial, "-wal").exists() {
        // Closing moves everything into the file; what is left here would stay behind.
        return Err(DirectoryError::Busy.into());
    }
    std::fs::File::open(partial).and_then(|file| file.sync_all()).map_err(BackupError::file(partial))?;
    if path.exists() {
        return Err(BackupError::NotEmpty(path.display().to_string()));
    }
    std::fs::rename(partial, path).map_err(BackupError::file(path))?;
    sync_directory_of(path)
}

fn remove(partial: &Path) -> Result<(), BackupError> {
    for path in [partial.to_owned(), beside(partial, "-wal"), beside(partial, "-shm")] {
        match std::fs::remove_file(&path) {
            Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => {
                return Err(BackupError::File { place: path, problem });
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

async fn into_server(file: &Path, head: &Head, url: &str, told: Told<'_>) -> Result<Vec<String>, BackupError> {
    let database = Database::Postgres(url.to_owned());
    // A database that has a schema is looked into before anything is done to it.
    match Directory::open(Options { exclusive: false, ..Options::new(database.clone()) }).await {
        Ok(directory) => {
            let empty = directory.read().is_empty().await;
            directory.close().await;
            if !empty? {
                return Err(not_empty());
            }
        }
        Err(OpenError::NotMigrated { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    fill(file, head, database, told).await
}

fn not_empty() -> BackupError {
    BackupError::NotEmpty("the database".to_owned())
}

/// The schema of the backup's day first, then the rows, then what has been added since.
async fn fill(file: &Path, head: &Head, database: Database, told: Told<'_>) -> Result<Vec<String>, BackupError> {
    let url = database.url();
    rollcall_migrations::migrate_to(&url, &head.schema).await?;
    let directory = Directory::open(Options::new(database)).await?;
    let loaded = load(&directory, file, told).await;
    directory.close().await;
    loaded?;
    Ok(rollcall_migrations::migrate(&url).await?)
}

async fn load(directory: &Directory, file: &Path, told: Told<'_>) -> Result<(), BackupError> {
    let tables = &directory.read().tables().await?;
    directory
        .write(|unit| async move {
            if !unit.is_empty().await? {
                return Err(not_empty());
            }
            let (head, mut file) = BackupFile::open(file)?;
            let mut filling = Filling { unit: &unit, tables, into: None, waiting: Vec::new(), done: 0 };
            while let Some(part) = file.next()? {
                match part {
                    Part::Table(table) => filling.begin(&table).await.map_err(|problem| told_of(&file, problem))?,
                    Part::Row(row) => filling.row(row).await?,
                }
                if filling.waiting.is_empty() {
                    told(filling.done, head.rows);
                }
            }
            filling.flush().await?;
            Ok(())
        })
        .await
}

/// The table that rows go into.
struct Filling<'a> {
    unit: &'a Unit,
    tables: &'a [Table],
    into: Option<(&'a Table, Vec<Column>)>,
    waiting: Vec<Vec<Value>>,
    done: u64,
}

impl Filling<'_> {
    /// # Errors
    ///
    /// The sentence, if the schema has no such table or others columns.
    async fn begin(&mut self, head: &TableHead) -> Result<(), Begin> {
        self.flush().await.map_err(Begin::Failed)?;
        let table = self.tables.iter().find(|table| table.name == head.table);
        let table = table.ok_or_else(|| Begin::Unknown(format!("the schema has no table `{}`", head.table)))?;
        let named = |name: &String| table.columns.iter().find(|column| column.name == *name).cloned();
        let columns: Option<Vec<Column>> = head.columns.iter().map(named).collect();
        let columns = columns.filter(|columns| columns.len() == table.columns.len());
        let other = || Begin::Unknown(format!("the table `{}` has other columns in the schema", head.table));
        self.into = Some((table, columns.ok_or_else(other)?));
        Ok(())
    }

    async fn row(&mut self, row: Vec<Value>) -> Result<(), DirectoryError> {
        self.waiting.push(row);
        if self.waiting.len() >= BATCH { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), DirectoryError> {
        let rows = std::mem::take(&mut self.waiting);
        self.done += rows.len() as u64;
        match &self.into {
            Some((table, columns)) if !rows.is_empty() => {
                self.unit.load_rows(table, columns, &rows)?;
                self.unit.flush().await
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Why a table cannot be begun.
enum Begin {
    Unknown(String),
    Failed(DirectoryError),
}

fn told_of(file: &BackupFile, problem: Begin) -> BackupError {
    match problem {
        Begin::Unknown(problem) => file.damaged(problem),
        Begin::Failed(error) => error.into(),
    }
}
