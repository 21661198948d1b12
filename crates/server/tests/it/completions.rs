//! `rollcall completions`: scripts that shells accept.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{outcome, run};

#[test]
fn each_shell_gets_a_script_with_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && script.contains("check-config") && script.contains("data-dir"), "{shell}");
        let line: Value = serde_json::from_slice(&run(&["completions", shell, "--json"]).stdout).unwrap();
        assert_eq!(
            (line["shell"].as_str(), line["script"].as_str().map(str::trim_end)),
            (Some(shell), Some(script.trim_end()))
        );
    }
    let (exit, stderr) = outcome(&run(&["completions", "tcsh"]));
    assert!(exit == 2 && stderr.contains("possible values"), "{stderr}");
}

#[test]
fn bash_accepts_its_script() {
    let script = run(&["completions", "bash"]).stdout;
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut bash.stdin.take().unwrap(), &script).unwrap();
    let read = bash.wait_with_output().unwrap();
    assert!(read.status.success() && read.stderr.is_empty(), "{}", String::from_utf8_lossy(&read.stderr));
}
