//! A real server process on a real data directory, started as a user starts it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running `rollcall quickstart --json`. Killed when dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    credentials: Value,
}

impl ServerProcess {
    /// Starts on a free port and waits for the line that says that it listens.
    pub fn quickstart(data_directory: &Path) -> Self {
        Self::under(&[], data_directory)
    }

    /// The same, as the child of another program such as `strace -f`.
    pub fn under(wrapper: &[&str], data_directory: &Path) -> Self {
        let binary = env!("CARGO_BIN_EXE_rollcall");
        let mut words = wrapper.to_vec();
        words.push(binary);
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .args(["quickstart", "--json", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("stdout is text");
        let credentials = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: no credentials: {line}"));
        Self { child, credentials }
    }

    /// What `quickstart --json` printed under this name.
    pub fn credential(&self, name: &str) -> &str {
        self.credentials[name].as_str().unwrap_or_else(|| panic!("quickstart prints {name}"))
    }

    /// `kill -9`, at once.
    pub fn kill(mut self) {
        self.child.kill().expect("the server was running");
        self.child.wait().expect("the server has ended");
    }

    /// Process id, to send signals to.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end and answers the exit code.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().expect("the server has ended").code()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Already gone after `kill` and `wait`: nothing is left to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
