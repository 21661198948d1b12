//! Runs the built binary and speaks HTTP to it byte by byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_rollcall");

/// The binary, without variables of the machine that runs the tests.
pub(crate) fn rollcall() -> Command {
    cleaned(Command::new(BINARY))
}

/// A command that hands no settings of Rollcall down to what it starts.
pub(crate) fn cleaned(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ROLLCALL_")) {
        command.env_remove(name);
    }
    command
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    rollcall().args(arguments).output().unwrap()
}

/// Exit code and standard error of a run.
pub(crate) fn outcome(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// A server in a process of its own, on a port that the system chose.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    log: TempDir,
    /// The line with which it began.
    pub(crate) started: Value,
}

impl Server {
    /// `rollcall serve` on this data directory.
    pub(crate) fn serve(data: &Path, further: &[&str]) -> Self {
        Self::spawn("serve", data, further)
    }

    /// Any serving command on this data directory.
    pub(crate) fn spawn(command: &str, data: &Path, further: &[&str]) -> Self {
        Self::run(rollcall(), command, data, further)
    }

    /// `rollcall quickstart`, its system calls of these names written to a file. The tracer is the process's grandchild
    /// (`-D`), so that signals and the end of the test reach the server itself.
    pub(crate) fn traced(calls: &str, trace: &Path, data: &Path) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-D", "-f", "-y", "-s", "64", "-e", calls, "-o"]).arg(trace).arg(BINARY);
        let known = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
        assert!(known.is_ok(), "install strace (apt-get install strace): this test reads the server's system calls");
        Self::run(cleaned(strace), "quickstart", data, &[])
    }

    fn run(mut program: Command, command: &str, data: &Path, further: &[&str]) -> Self {
        let log = TempDir::new().unwrap();
        let stderr = std::fs::File::create(log.path().join("log")).unwrap();
        let mut child = program
            .args([command, "--json", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .args(further)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let started = serde_json::from_str(&line).unwrap_or_else(|error| {
            let log = std::fs::read_to_string(log.path().join("log")).unwrap();
            panic!("`{line}` is no first line ({error}); the log says:\n{log}")
        });
        Self { child, stdout, log, started }
    }

    /// What it printed under this name.
    pub(crate) fn credential(&self, name: &str) -> &str {
        self.started[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.started))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let base_url = self.started["base_url"].as_str().unwrap();
        base_url.rsplit('/').next().unwrap().parse().unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends one request on a connection of its own and reads the answer to its end.
    pub(crate) fn exchange(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        Answer::read(&mut stream)
    }

    /// A request without a body.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        self.exchange(&format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n"))
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// What it wrote to standard output after its first line; ends when the process does.
    pub(crate) fn further_output(&mut self) -> String {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).unwrap();
        text
    }

    /// What it wrote to standard error so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path().join("log")).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(stream: &mut impl Read) -> Self {
        let mut bytes = Vec::new();
        // TLS ends without a farewell; what came is what counts.
        let _ = stream.read_to_end(&mut bytes);
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but `{text}`"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .find_map(|(given, value)| given.eq_ignore_ascii_case(name).then_some(value))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
