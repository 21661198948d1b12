//! What can be wrong before a server serves: each has one clear sentence and an exit code.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rollcall_directory::{Database, Directory, DirectoryError, Options};
use tempfile::TempDir;

use crate::support::{Server, cleaned, outcome, rollcall, run};

/// Runs `rollcall serve` to its end and compares exit code and sentence.
#[track_caller]
fn check(data: &Path, further: &[&str], code: i32, sentence: &str) {
    let output =
        rollcall().args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data).args(further).output().unwrap();
    let (exit, stderr) = outcome(&output);
    assert_eq!(exit, code, "{stderr}");
    assert!(stderr.lines().any(|line| line.starts_with("rollcall: ") && line.contains(sentence)), "{stderr}");
}

#[test]
fn a_directory_that_is_not_ours_is_refused_and_left_alone() {
    let data = TempDir::new().unwrap();
    std::fs::write(data.path().join("thesis.odt"), "precious").unwrap();
    check(data.path(), &[], 1, "is not empty and not a Rollcall data directory (it holds `thesis.odt`)");
    let names: Vec<_> = std::fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["thesis.odt"]);
}

#[test]
fn a_second_server_on_the_same_directory_is_refused() {
    let data = TempDir::new().unwrap();
    let first = Server::serve(data.path(), &[]);
    check(data.path(), &[], 1, "another Rollcall server uses this directory");
    assert_eq!(first.ask("GET", "/readyz", &[]).status, 200);
}

#[test]
fn an_occupied_port_is_named() {
    let data = TempDir::new().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let output = rollcall().args(["serve", "--listen", &address, "--data-dir"]).arg(data.path()).output().unwrap();
    let (exit, stderr) = outcome(&output);
    assert_eq!(exit, 1, "{stderr}");
    let sentence = format!(
        "rollcall: the address {address} is in use by another program; stop it or choose another address with --listen"
    );
    assert!(stderr.lines().any(|line| line == sentence), "{stderr}");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("rollcall.db");
    let garbage = "this is not a database. ".repeat(400);
    std::fs::write(&file, &garbage).unwrap();
    check(data.path(), &[], 1, "is not a SQLite database");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), garbage);
}

#[test]
fn a_damaged_database_is_told_from_a_good_one() {
    let data = TempDir::new().unwrap();
    assert!(run(&["migrate", "--data-dir", data.path().to_str().unwrap()]).status.success());
    let file = data.path().join("rollcall.db");
    let mut bytes = std::fs::read(&file).unwrap();
    assert!(bytes.len() > 8192, "{}", bytes.len());
    // The header stays; everything behind it is noise.
    for byte in bytes.iter_mut().skip(100) {
        *byte = 0x5a;
    }
    std::fs::write(&file, bytes).unwrap();
    check(data.path(), &[], 1, "is damaged");
}

#[test]
fn a_database_that_another_program_holds_is_told() {
    let data = TempDir::new().unwrap();
    assert!(run(&["migrate", "--data-dir", data.path().to_str().unwrap()]).status.success());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut options = Options::new(Database::Sqlite(data.path().join("rollcall.db")));
        options.exclusive = false;
        let holder = Directory::open(options).await.unwrap();
        let path = data.path().to_owned();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let begun = std::sync::Mutex::new(Some(begun));
        let holding = holder.write(|_unit| {
            begun.lock().unwrap().take().unwrap().send(()).unwrap();
            async {
                tokio::time::sleep(Duration::from_secs(8)).await;
                Ok::<(), DirectoryError>(())
            }
        });
        let checking = async {
            has_begun.await.unwrap();
            tokio::task::spawn_blocking(move || check(&path, &[], 1, "is locked by another program")).await.unwrap();
        };
        tokio::select! {
            () = checking => {}
            ended = holding => panic!("the lock was not held long enough: {ended:?}"),
        }
    });
}

/// Runs a script with a small disk of its own at `$1`; `None` where nobody may mount.
fn on_a_small_disk(script: &str) -> Option<(i32, String)> {
    let mount = TempDir::new().unwrap();
    let script = format!("mount -t tmpfs -o size=\"$2\" tmpfs \"$1\" || exit 77; {script}");
    let binary = env!("CARGO_BIN_EXE_rollcall");
    let mut unshare = cleaned(Command::new("unshare"));
    let output = unshare.args(["-rm", "sh", "-c", &script, binary]).arg(mount.path()).arg("3m").output().ok()?;
    let (exit, stderr) = outcome(&output);
    if exit == 77 || stderr.starts_with("unshare:") {
        println!("skipped: this machine lets nobody mount: {stderr}");
        return None;
    }
    Some((exit, stderr))
}

#[test]
fn a_full_disk_is_told_at_the_start() {
    let script = "head -c 5m /dev/zero > \"$1/fill\" 2> /dev/null; mkdir -p \"$1/data\"; \
                  exec \"$0\" serve --listen 127.0.0.1:0 --data-dir \"$1/data\"";
    let Some((exit, stderr)) = on_a_small_disk(script) else { return };
    assert_eq!(exit, 1, "{stderr}");
    assert!(stderr.lines().any(|line| line.starts_with("rollcall: ") && line.contains("full")), "{stderr}");
}

#[test]
fn a_disk_that_fills_later_refuses_writes_and_leaves_what_is_stored() {
    let script = "\"$0\" migrate --data-dir \"$1/data\" > /dev/null || exit 3; \
                  head -c 5m /dev/zero > \"$1/fill\" 2> /dev/null; \
                  \"$0\" token create --kind product --data-dir \"$1/data\"; echo \"exit $?\" >&2; rm \"$1/fill\"; \
                  test -z \"$(\"$0\" token list --data-dir \"$1/data\")\" && \
                  exec \"$0\" token create --kind product --data-dir \"$1/data\"";
    let Some((exit, stderr)) = on_a_small_disk(script) else { return };
    assert_eq!(exit, 0, "{stderr}");
    let told = "the disk of the database is full; nothing was stored, free some space";
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(matches!(lines.as_slice(), [refused, "exit 1"] if refused.contains(told)), "{stderr}");
}

#[test]
fn check_config_prints_every_problem_at_once() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("rollcall.toml");
    std::fs::write(&file, "listn = '127.0.0.1:1'\n[limits]\nbody_bytes = 'big'\n[tls]\ncertificate = 'c.pem'\n")
        .unwrap();
    let file = file.to_str().unwrap();
    let (exit, stderr) = outcome(&run(&["check-config", "--config", file, "--listen", "nowhere"]));
    let expected = format!(
        "rollcall: {file}: `limits.body_bytes`: `\"big\"` is out of range; expected a whole number from 1024 to 1073741824\n\
         rollcall: {file}: `listn` is no key; did you mean `listen`?\n\
         rollcall: --listen: `listen`: `nowhere` is no address; expected an IP address and a port such as `127.0.0.1:8080`\n\
         rollcall: configuration: `tls.certificate` is set without `tls.key`; give both or none\n"
    );
    assert_eq!((exit, stderr), (2, expected));

    let output = run(&["check-config", "--json", "--config", file]);
    let lines: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line["error"].is_string() && line["place"].is_string()), "{lines:?}");

    // The server does not start with it either, and says the same.
    assert_eq!(outcome(&run(&["serve", "--config", file])).0, 2);
    assert_eq!(outcome(&run(&["check-config"])).0, 0);
}

#[test]
fn plain_http_leaves_the_machine_only_behind_a_proxy() {
    let place = TempDir::new().unwrap();
    let data = place.path().to_str().unwrap();
    let open = ["serve", "--data-dir", data, "--listen", "0.0.0.0:0"]; // I-7
    let (exit, stderr) = outcome(&run(&open));
    assert_eq!(exit, 2, "{stderr}");
    assert!(stderr.contains("can be reached from other machines, and without TLS"), "{stderr}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "nothing was created");
}

#[test]
fn wrong_usage_is_exit_code_2_and_help_teaches() {
    assert_eq!(outcome(&run(&["serve", "--no-such-flag"])).0, 2);
    assert_eq!(outcome(&run(&["frobnicate"])).0, 2);
    let help = run(&["--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success() && text.contains("Examples:") && text.contains("Exit codes:"), "{text}");
    for command in ["quickstart", "serve", "token", "migrate", "check-config"] {
        let help = run(&[command, "--help"]);
        let text = String::from_utf8(help.stdout).unwrap();
        assert!(help.status.success() && text.contains("Examples:"), "{command}: {text}");
    }
}

#[test]
fn a_database_without_schema_needs_migrating() {
    let data = TempDir::new().unwrap();
    check(data.path(), &["--no-migrate"], 1, "run `rollcall migrate`");
    let data = data.path().to_str().unwrap();
    let pending = run(&["migrate", "--data-dir", data, "--pending", "--json"]);
    let pending: serde_json::Value = serde_json::from_slice(&pending.stdout).unwrap();
    let applied = run(&["migrate", "--data-dir", data, "--json"]);
    let applied: serde_json::Value = serde_json::from_slice(&applied.stdout).unwrap();
    assert_eq!(pending["pending"], applied["applied"]);
    assert!(!applied["applied"].as_array().unwrap().is_empty());
    let again = run(&["migrate", "--data-dir", data]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), "Nothing to do: the schema is up to date.\n");
}
