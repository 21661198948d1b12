//! `rollcall backup` and `rollcall restore`: one state of everything, in a file that either database can be filled from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rollcall_directory::testing::{self, TestDirectory};
use rollcall_directory::{ColumnKind, Database, on_each_database};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{Door, Site, group, user};
use crate::support::{Server, outcome, run};
use rollcall_directory::testing::{Dice, rounds};

on_each_database! {
    a_backup_restores_into_either_database_as_it_was
    a_backup_made_while_others_write_is_one_acknowledged_state
    no_table_is_forgotten
    what_is_not_whole_is_refused_and_nothing_is_begun
    what_is_not_empty_is_refused
}

/// Runs a command that must succeed.
async fn done(arguments: &[&str]) -> Vec<Value> {
    let owned: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
    let output = tokio::task::spawn_blocking(move || {
        let mut all: Vec<&str> = owned.iter().map(String::as_str).collect();
        all.push("--json");
        run(&all)
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) async fn back_up(database: &Database, file: &Path) {
    done(&["backup", "--database-url", &database.url(), file.to_str().unwrap()]).await;
}

/// A fresh directory of each kind, filled from the file.
async fn restore_into_each(file: &Path, files: &TempDir) -> Vec<TestDirectory> {
    let sqlite = Database::Sqlite(files.path().join(format!("{}.db", file.file_stem().unwrap().display())));
    let postgres = Database::Postgres(testing::postgres_database().await);
    let mut restored = Vec::new();
    for database in [sqlite, postgres] {
        done(&["restore", "--database-url", &database.url(), file.to_str().unwrap()]).await;
        restored.push(testing::opened(database).await);
    }
    restored
}

/// The lines between first and last; documents of JSON as values, since PostgreSQL writes them its own way.
fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.pop();
    lines.remove(0);
    for value in lines.iter_mut().filter_map(Value::as_array_mut).flatten() {
        let document = value.as_str().filter(|text| text.starts_with('{')).map(serde_json::from_str);
        if let Some(Ok(document)) = document {
            *value = document;
        }
    }
    lines
}

/// People by both doors, groups, an invitation, a deleted user, credentials.
async fn populate(site: &Site, door: &Door, seed: u64) {
    let mut dice = Dice::new(seed);
    let mut ids = Vec::new();
    for number in 0..12 {
        let person = format!("person{number}");
        match dice.below(4) {
            0 => drop(site.sign_in(door, &person).await),
            1 => {
                site.sign_in(door, &person).await;
                ids.push(site.push(door, &person).await);
            }
            _ => ids.push(site.push(door, &person).await),
        }
    }
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    site.expect(door, "POST", "/Groups", group("everyone ünd \"more\"", &members), 201).await;
    if let Some(gone) = ids.first() {
        site.expect(door, "DELETE", &format!("/Users/{gone}"), Value::Null, 204).await;
    }
}

async fn a_backup_restores_into_either_database_as_it_was(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, umbrella) = (site.acme().await, site.company("umbrella", 0x0b).await);
    populate(&site, &acme, 1).await;
    populate(&site, &umbrella, 2).await;
    let files = TempDir::new().unwrap();
    let first = files.path().join("first.jsonl");
    back_up(directory.database(), &first).await;
    let expected = lines(&first);
    assert!(expected.len() > 100, "{expected:?}");
    for (number, restored) in restore_into_each(&first, &files).await.iter().enumerate() {
        let again = files.path().join(format!("again{number}.jsonl"));
        back_up(restored.database(), &again).await;
        assert_eq!(lines(&again), expected, "{:?}", restored.backend());
        if restored.backend() == directory.backend() {
            assert_eq!(restored.contents().await, directory.contents().await);
        }
    }
}

/// What one writer asked for, and between which ticks it was answered.
struct Asked {
    name: String,
    nick_name: Option<&'static str>,
    begun: u64,
    answered: u64,
}

/// Creates people and changes them until told to stop, one request after another.
async fn write_until(
    site: Arc<Site>,
    door: Door,
    writer: usize,
    ticks: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> Vec<Asked> {
    let tick = || ticks.fetch_add(1, Ordering::SeqCst);
    let mut all = Vec::new();
    for number in 0.. {
        let name = door.email(&format!("w{writer}n{number}"));
        let begun = tick();
        let created = site.expect(&door, "POST", "/Users", user(&name), 201).await;
        all.push(Asked { name: name.clone(), nick_name: None, begun, answered: tick() });
        let path = format!("/Users/{}", created["id"].as_str().unwrap());
        let begun = tick();
        let answer = site.patch(&door, &path, json!([{"op": "add", "path": "nickName", "value": "changed"}])).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        all.push(Asked { name, nick_name: Some("changed"), begun, answered: tick() });
        if stop.load(Ordering::SeqCst) {
            break;
        }
    }
    all
}

/// Whatever was acknowledged before the backup began is in it; and with each write, all that were acknowledged before that
/// one was asked for.
async fn a_backup_made_while_others_write_is_one_acknowledged_state(directory: &TestDirectory) {
    let site = Arc::new(Site::start(directory).await);
    let door = site.acme().await;
    let files = TempDir::new().unwrap();
    let (ticks, stop) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (site, door) = (Arc::clone(&site), door.clone());
            tokio::spawn(write_until(site, door, writer, Arc::clone(&ticks), Arc::clone(&stop)))
        })
        .collect();
    let mut backups = Vec::new();
    for round in 0..rounds(2, 20) {
        while ticks.load(Ordering::SeqCst) < 40 * (round + 1) {
            tokio::task::yield_now().await;
        }
        let file = files.path().join(format!("round{round}.jsonl"));
        let begun = ticks.fetch_add(1, Ordering::SeqCst);
        back_up(directory.database(), &file).await;
        backups.push((file, begun, ticks.fetch_add(1, Ordering::SeqCst)));
    }
    stop.store(true, Ordering::SeqCst);
    let mut asked = Vec::new();
    for writer in writers {
        asked.extend(writer.await.unwrap());
    }
    for (file, begun, ended) in backups {
        for restored in restore_into_each(&file, &files).await {
            check_state(&restored, &door, &asked, begun, ended).await;
        }
    }
}

async fn check_state(restored: &TestDirectory, door: &Door, asked: &[Asked], begun: u64, ended: u64) {
    let site = Site::start(restored).await;
    let found = site.expect(door, "GET", "/Users?count=1000", Value::Null, 200).await;
    assert!(found["totalResults"].as_u64().unwrap() <= 1_000);
    let found: BTreeMap<&str, Option<&str>> = found["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| (user["userName"].as_str().unwrap(), user["nickName"].as_str()))
        .collect();
    // Each person is there whole: with a membership.
    assert_eq!(site.members(door).await.len(), found.len());
    let there = |one: &Asked| match found.get(one.name.as_str()) {
        Some(nick_name) => one.nick_name.is_none() || *nick_name == one.nick_name,
        None => false,
    };
    let last_begun = asked.iter().filter(|one| there(one)).map(|one| one.begun).max().unwrap();
    assert!(last_begun < ended, "something from after the backup");
    for one in asked {
        let must = one.answered < begun || one.answered < last_begun;
        assert!(!must || there(one), "{} {:?} is missing", one.name, one.nick_name);
    }
}

/// The schema itself says what there is, and both databases say the same.
async fn no_table_is_forgotten(directory: &TestDirectory) {
    let files = TempDir::new().unwrap();
    let file = files.path().join("empty.jsonl");
    back_up(directory.database(), &file).await;
    let written: Vec<Value> = lines(&file).into_iter().filter(Value::is_object).collect();
    let mut names: Vec<String> = written.iter().map(|line| line["table"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, directory.contents().await.into_keys().collect::<Vec<_>>());
    let other = if directory.backend() == rollcall_directory::Backend::Sqlite {
        testing::postgres().await
    } else {
        testing::sqlite().await
    };
    // SQLite knows neither UUIDs nor JSON as types of their own.
    let same = |kind| match kind {
        ColumnKind::Uuid => ColumnKind::Bytes,
        ColumnKind::Json => ColumnKind::Text,
        ColumnKind::Bytes | ColumnKind::Text | ColumnKind::Integer | ColumnKind::Boolean => kind,
    };
    let mut described = Vec::new();
    for directory in [directory, &other] {
        let mut tables = directory.read().tables().await.unwrap();
        for column in tables.iter_mut().flat_map(|table| &mut table.columns) {
            column.kind = same(column.kind);
        }
        described.push(tables);
    }
    assert_eq!(described[0], described[1]);
}

/// Runs `restore` into a new data directory, which must be refused without being made; what it says.
fn refused(file: &Path, data: &Path) -> String {
    let output = run(&["restore", file.to_str().unwrap(), "--data-dir", data.to_str().unwrap()]);
    let (exit, stderr) = outcome(&output);
    assert_eq!(exit, 1, "{stderr}");
    assert!(stderr.contains("Nothing was restored"), "{stderr}");
    assert!(!data.exists(), "{stderr}");
    stderr
}

async fn what_is_not_whole_is_refused_and_nothing_is_begun(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    populate(&site, &door, 3).await;
    let files = TempDir::new().unwrap();
    let (file, broken, data) =
        (files.path().join("whole.jsonl"), files.path().join("broken.jsonl"), files.path().join("data"));
    back_up(directory.database(), &file).await;
    let whole = std::fs::read(&file).unwrap();
    let mut dice = Dice::new(4);
    for _ in 0..rounds(12, 500) {
        let place = dice.below(whole.len());
        let mut altered = whole.clone();
        altered[place] ^= 1 << dice.below(8);
        std::fs::write(&broken, &altered).unwrap();
        refused(&broken, &data);
        std::fs::write(&broken, &whole[..place]).unwrap();
        refused(&broken, &data);
    }
    let text = String::from_utf8(whole).unwrap();
    let without_row: Vec<&str> = text.lines().enumerate().filter(|(at, _)| *at != 5).map(|(_, line)| line).collect();
    let newer = text.replacen("\"m2026", "\"m2999", 1);
    let form = text.replacen("\"rollcall_backup\":1", "\"rollcall_backup\":2", 1);
    for (altered, sentence) in [
        (without_row.join("\n") + "\n", "line"),
        (text.clone() + "\n", "something follows the last line"),
        (with_hash(&newer), "newer Rollcall"),
        (form, "it has the form 2, this version reads 1"),
        (String::new(), "the file ends before its end"),
        ("{\"a\": 1}\n".to_owned(), "does not begin as a backup"),
        (text.replacen("@acme.example", "@evil.example", 1), "the checksum does not fit"),
    ] {
        std::fs::write(&broken, altered).unwrap();
        let said = refused(&broken, &data);
        assert!(said.contains(sentence), "{said}");
    }
    assert!(refused(&files.path().join("nowhere"), &data).contains("cannot be read"));
}

/// The text with a last line that fits the rest.
fn with_hash(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let (rest, _) = text.trim_end().rsplit_once('\n').unwrap();
    let rest = format!("{rest}\n");
    format!("{rest}{{\"sha256\":\"{:x}\"}}\n", Sha256::digest(&rest))
}

async fn what_is_not_empty_is_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    site.acme().await;
    let files = TempDir::new().unwrap();
    let file = files.path().join("acme.jsonl");
    back_up(directory.database(), &file).await;
    let before = directory.contents().await;
    let url = directory.database().url();
    let (exit, said) = outcome(&run(&["restore", file.to_str().unwrap(), "--database-url", &url]));
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("is not empty; restore into an empty"), "{said}");
    assert_eq!(directory.contents().await, before);
    // A backup replaces nothing, either.
    let (exit, said) = outcome(&run(&["backup", file.to_str().unwrap(), "--database-url", &url]));
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("exists already"), "{said}");
}

/// Only its owner reads it, nothing else is left beside it, and what is restored serves as before.
#[test]
fn a_running_server_is_backed_up_and_its_copy_serves() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let bearer = format!("Bearer {}", server.credential("scim_token"));
    let files = TempDir::new().unwrap();
    let (file, copy) = (files.path().join("one.jsonl"), files.path().join("copy"));
    let place = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let output = run(&["backup", &place(&file), "--data-dir", data.path().to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("rows to"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(files.path()).unwrap().count(), 1);
    let piped = run(&["backup", "-", "--data-dir", data.path().to_str().unwrap()]);
    assert_eq!(
        std::str::from_utf8(&piped.stdout).unwrap().lines().count(),
        std::fs::read_to_string(&file).unwrap().lines().count()
    );
    let output = run(&["restore", &place(&file), "--data-dir", &place(&copy)]);
    assert!(output.status.success(), "{output:?}");
    let mut held: Vec<_> = std::fs::read_dir(&copy).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    held.sort();
    assert_eq!(held, ["rollcall.db", "rollcall.lock"]);
    let second = Server::serve(&copy, &[]);
    let private = |directory: &Path| {
        let databases = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
        let databases = databases.filter(|entry| entry.file_name().to_string_lossy().contains(".db"));
        for entry in databases {
            let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{entry:?}");
        }
    };
    private(data.path());
    private(&copy);
    // The credentials of the first are those of its copy.
    let answer = second.ask("GET", "/scim/v2/Users", &[("Authorization", &bearer)]);
    assert_eq!(answer.status, 200, "{answer:?}");
    let (exit, said) = outcome(&run(&["restore", &place(&file), "--data-dir", &place(&copy)]));
    assert_eq!(exit, 1, "{said}");
    assert!(said.contains("is not empty"), "{said}");
}

/// A backup of an older version becomes one of this version on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_backup_is_migrated() {
    let files = TempDir::new().unwrap();
    let old = Database::Sqlite(files.path().join("old.db"));
    let known = rollcall_migrations::known();
    rollcall_migrations::migrate_to(&old.url(), &known[..1]).await.unwrap();
    let file = files.path().join("old.jsonl");
    back_up(&old, &file).await;
    let text = std::fs::read_to_string(&file).unwrap();
    let (id, company) = ("00".repeat(15) + "07", "00".repeat(15) + "08");
    let text = text
        .replace("\"rows\":0,\"schema\"", "\"rows\":2,\"schema\"")
        .replace(
            "{\"table\":\"company\",\"rows\":0,\"columns\":[\"id\",\"name\",\"created_at\"]}\n",
            &format!("{{\"table\":\"company\",\"rows\":1,\"columns\":[\"id\",\"name\",\"created_at\"]}}\n[\"{company}\",\"old\",1]\n"),
        )
        .replace(
            "{\"table\":\"organization\",\"rows\":0,",
            "{\"table\":\"organization\",\"rows\":1,",
        )
        .replace(
            "\"seats\",\"created_at\"]}\n",
            &format!("\"seats\",\"created_at\"]}}\n[\"{company}\",\"{id}\",\"Old-Corp\",\"Old\",null,1]\n"),
        );
    std::fs::write(&file, with_hash(&text)).unwrap();
    let sqlite = Database::Sqlite(files.path().join("new.db"));
    done(&["restore", "--database-url", &sqlite.url(), file.to_str().unwrap()]).await;
    let restored = testing::opened(sqlite).await;
    assert_eq!(restored.read().schema_steps().await.unwrap(), known);
    // The third migration fills a column of rows that were there before.
    let contents = restored.contents().await;
    assert!(contents["organization"][0].contains("'old-corp'"), "{contents:?}");
}
