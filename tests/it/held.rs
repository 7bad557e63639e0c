//! A process of this test program's own that is to be killed. It tells each stage of its work before it begins it, and waits
//! for leave: so the test decides what a kill falls into, whatever the machine's speed and whatever else runs on it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the process may take from one line to the next on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// The harness prints the test's name on the same line as our first word.
const MARK: &str = "stage ";

/// In the process: tells how far it is, and waits for leave to go on.
pub(crate) fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{line}").unwrap();
    out.flush().unwrap();
    drop(out);
    let leave = std::io::stdin().read_line(&mut String::new()).unwrap();
    assert!(leave > 0, "the test has ended, and nobody is left to go on for");
}

/// In the test: the process, which goes on from line to line as it gets leave.
#[derive(Debug)]
pub(crate) struct Held {
    child: Child,
    leave: ChildStdin,
    lines: Receiver<String>,
    reader: JoinHandle<()>,
}

impl Held {
    /// Starts a process that runs the one test `name` and finds `dir` in the environment.
    pub(crate) fn start(name: &str, variable: &str, dir: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env(variable, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let leave = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, told)) = line.split_once(MARK) {
                    let _ = send.send(told.to_owned());
                }
            }
        });
        Self { child, leave, lines, reader }
    }

    /// Its next line.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the process has ended, or is silent")
    }

    /// Its next line, if that comes before `moment`.
    pub(crate) fn line_before(&self, moment: Instant) -> Option<String> {
        self.lines.recv_timeout(moment.saturating_duration_since(Instant::now())).ok()
    }

    /// Gives it leave to go on from its last line.
    pub(crate) fn go_on(&mut self) {
        self.leave.write_all(b"\n").unwrap();
    }

    /// Kills it. Returns the line that it still told meanwhile, if it did.
    pub(crate) fn kill(self) -> Option<String> {
        let Self { mut child, leave, lines, reader } = self;
        child.kill().unwrap();
        child.wait().unwrap();
        // Not before: it would have noticed, and ended by itself.
        drop(leave);
        reader.join().unwrap();
        lines.try_iter().last()
    }
}
