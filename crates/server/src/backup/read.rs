//! Reading a backup line by line. What it gives can be trusted once it has said that the end was reached.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{BackupError, End, FORM, Head, TableHead, hexadecimal};

/// Bytes of one line. A row is a resource or less, and those are bounded by the bodies of requests.
const LINE: u64 = 1 << 30;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A table begins; so many rows follow.
    Table(TableHead),
    /// A row of it.
    Row(Vec<Value>),
}

/// An open backup.
#[derive(Debug)]
pub(super) struct BackupFile {
    path: PathBuf,
    from: BufReader<File>,
    line: u64,
    hash: Sha256,
    left_of_table: u64,
    left: u64,
}

impl BackupFile {
    /// Opens the file and reads its first line.
    pub(super) fn open(path: &Path) -> Result<(Head, Self), BackupError> {
        let file = File::open(path).map_err(|problem| BackupError::Damaged {
            place: path.to_owned(),
            line: 0,
            problem: format!("it cannot be read ({problem})"),
        })?;
        let from = BufReader::with_capacity(1 << 16, file);
        let mut opened = Self { path: path.to_owned(), from, line: 0, hash: Sha256::new(), left_of_table: 0, left: 0 };
        let bytes = opened.read_line()?;
        let form = serde_json::from_slice::<Value>(&bytes).ok();
        let form = form.as_ref().and_then(|head| head.get("rollcall_backup")).and_then(Value::as_u64);
        match form {
            Some(form) if form == u64::from(FORM) => {}
            Some(form) => return Err(opened.damaged(format!("it has the form {form}, this version reads {FORM}"))),
            None => return Err(opened.damaged("it does not begin as a backup of Rollcall does".to_owned())),
        }
        let head: Head = opened.parsed(&bytes)?;
        opened.hash.update(&bytes);
        opened.left = head.rows;
        Ok((head, opened))
    }

    /// The next part; `None` once the end was found to be right.
    pub(super) fn next(&mut self) -> Result<Option<Part>, BackupError> {
        let bytes = self.read_line()?;
        if self.left_of_table > 0 {
            let row = self.parsed(&bytes)?;
            (self.left_of_table, self.left) = (self.left_of_table - 1, self.left - 1);
            self.hash.update(&bytes);
            return Ok(Some(Part::Row(row)));
        }
        if bytes.starts_with(b"{\"sha256\"") {
            self.check_end(&bytes)?;
            return Ok(None);
        }
        let table: TableHead = self.parsed(&bytes)?;
        if table.rows > self.left {
            return Err(self.damaged("there are more rows than the first line says".to_owned()));
        }
        self.left_of_table = table.rows;
        self.hash.update(&bytes);
        Ok(Some(Part::Table(table)))
    }

    fn check_end(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        let End { sha256 } = self.parsed(bytes)?;
        if self.left > 0 {
            return Err(self.damaged(format!("{} rows are missing", self.left)));
        }
        if sha256 != hexadecimal(&self.hash.clone().finalize()) {
            return Err(self.damaged("the checksum does not fit: something before this line was altered".to_owned()));
        }
        match self.from.fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(self.damaged("something follows the last line".to_owned())),
            Err(problem) => Err(self.damaged(format!("it cannot be read ({problem})"))),
        }
    }

    fn read_line(&mut self) -> Result<Vec<u8>, BackupError> {
        self.line += 1;
        let mut bytes = Vec::new();
        let read = self.from.by_ref().take(LINE).read_until(b'\n', &mut bytes);
        match read {
            Err(problem) => Err(self.damaged(format!("it cannot be read ({problem})"))),
            Ok(_) if !bytes.ends_with(b"\n") => Err(self.damaged("the file ends before its end".to_owned())),
            Ok(_) => Ok(bytes),
        }
    }

    fn parsed<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, BackupError> {
        serde_json::from_slice(bytes).map_err(|error| self.damaged(error.to_string()))
    }

    pub(super) fn damaged(&self, problem: String) -> BackupError {
        BackupError::Damaged { place: self.path.clone(), line: self.line, problem }
    }
}
