//! A server that answers fast and wrong must not look good.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall-load");

/// A server that answers everything with the same user; it ends with the test.
struct Liar {
    process: Child,
    url: String,
}

impl Liar {
    fn start() -> Self {
        let mut command = Command::new(PROGRAM);
        let mut process = command.args(["constant", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { process, url }
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn answers_that_are_wrong_count_apart_and_fail_the_run() {
    let liar = Liar::start();
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let arguments = ["run", "--token", "t", "--scenario", "create", "--connections", "2", "--duration", "1"];
    let mut command = Command::new(PROGRAM);
    let output = command.args(arguments).args(["--target", &liar.url]).arg("--json").arg(&json).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");

    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let create = &report["measurements"][0];
    assert_eq!((&create["right"], &create["per_second"]), (&0.into(), &0.0.into()));
    assert!(create["wrong"].as_u64().unwrap() > 0);
    assert!(create["examples"][0].as_str().unwrap().starts_with("200 "), "{create}");
    // Against the same server, what any JSON satisfies is right: the yardstick.
    assert!(report["ceilings"][0]["right"].as_u64().unwrap() > 0);
    assert_eq!(report["ceilings"][0]["wrong"], 0);
}

#[test]
fn a_run_that_cannot_begin_says_why() {
    for (arguments, reason) in [
        (vec!["--target", "https://scim.example", "--scenario", "create"], "is not a plain http URL"),
        (vec!["--target", "http://127.0.0.1:9", "--scenario", "lookup"], "127.0.0.1:9"),
        (vec!["--target", "http://127.0.0.1:9", "--scenario", "create", "--rate", "0"], "0 is not in 1..=1000000"),
        (vec!["--target", "http://127.0.0.1:9", "--scenario", "create", "--connections", "0"], "from 1 to 10000"),
    ] {
        let output = Command::new(PROGRAM).args(["run", "--token", "t"]).args(&arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(reason), "{arguments:?}: {told}");
    }
}
