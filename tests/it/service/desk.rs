//! Starts the program on data and articles of a test's own, and stops it with the test.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;

use super::help_centre;
use super::talk::Talk;
use crate::processes;

/// How long anything may take on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);
/// How long a service may take to start there: it may have a whole help centre to embed.
const START: Duration = Duration::from_secs(900);
/// How long a service works on one request: less than [`PATIENCE`], so that its own words for giving up are seen.
pub(super) const REQUEST_SECONDS: u64 = 150;
/// Customers' words must never be in it at this level: a test looks.
const LOG: &str = "info,qdrant_edge=error,sqlx=warn,sea_orm=warn,sea_orm_migration=warn";

/// A folder for data and one with articles.
#[derive(Debug)]
pub(super) struct Place {
    dir: TempDir,
    model: PathBuf,
    /// The articles' folder, where it is not this place's own.
    articles: Option<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Place {
    /// With a copy of the small help centre, which is synced already: its vectors are copied too, so that starting is quick.
    pub(super) fn new() -> Result<Self, String> {
        let place = Self::bare()?;
        let first = first_synced();
        copy(&first.data(), &place.data());
        copy(&first.articles(), &place.articles());
        Ok(place)
    }

    /// With no article and no data.
    pub(super) fn empty() -> Result<Self, String> {
        let place = Self::bare()?;
        copy(&taught().data(), &place.data());
        std::fs::create_dir(place.articles()).unwrap();
        Ok(place)
    }

    fn bare() -> Result<Self, String> {
        // In the target folder: what the places that tests share leave behind goes with `make clean`.
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Ok(Self { dir, model: processes::model()?, articles: None, environment: Vec::new() })
    }

    /// On articles that lie elsewhere.
    pub(super) fn on(mut self, articles: PathBuf) -> Self {
        self.articles = Some(articles);
        self
    }

    /// With a configuration key set in the environment, e.g. `SERVER__LISTEN`.
    pub(super) fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.environment.push((format!("MADOGUCHI__{key}"), value.to_string()));
        self
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(super) fn articles(&self) -> PathBuf {
        self.articles.clone().unwrap_or_else(|| self.dir.path().join("articles"))
    }

    /// Writes an article, or any file, below the articles' folder.
    pub(super) fn write(&self, path: &str, text: &str) {
        help_centre::write(&self.articles(), path, text);
    }

    /// A file beside data and articles.
    pub(super) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program with this place's folders and these arguments.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.arg("--data-dir").arg(self.data()).arg("--knowledge").arg(self.articles()).args(arguments);
        command.env_remove("RUST_LOG").env("MADOGUCHI__LOG__FILTER", LOG).env("NO_COLOR", "1").env("COLUMNS", "200");
        command.env("MADOGUCHI__EMBEDDING__LOCAL__MODEL", &self.model);
        // So that an edit is taken up soon.
        command.env("MADOGUCHI__KNOWLEDGE__WATCH_QUIET_MS", "100");
        // Nobody is sent away because the machine is busy with other tests.
        command.env("MADOGUCHI__SERVER__REQUEST_TIMEOUT_SECONDS", REQUEST_SECONDS.to_string());
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        command
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        Ran(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Serves.
    pub(super) fn serve(&self) -> Service {
        Service::started(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }
}

/// A command that has ended.
#[derive(Debug)]
pub(super) struct Ran(Output);

impl Ran {
    pub(super) fn code(&self) -> Option<i32> {
        self.0.status.code()
    }

    pub(super) fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(super) fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// What it printed as JSON, after checking that it went well.
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        assert_eq!(self.code(), Some(0), "{self:?}");
        self.any_json()
    }

    /// What it printed as JSON, however it ended.
    #[track_caller]
    pub(super) fn any_json(&self) -> Value {
        serde_json::from_slice(&self.0.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn first_synced() -> &'static Place {
    static FIRST: OnceLock<Place> = OnceLock::new();
    FIRST.get_or_init(|| {
        let place = Place::empty().unwrap();
        help_centre::write_all(&place.articles());
        // A sync forgets the exemplars of policies that are not in force. So the shipped ones are, for this one: else every
        // place that takes them up later would embed thousands of texts again.
        let policy = place.articles().join("policy.toml");
        std::fs::copy(SHIPPED_POLICY, &policy).unwrap();
        let synced = place.run(&["knowledge", "sync"]);
        assert_eq!(synced.code(), Some(0), "{synced:?}");
        std::fs::remove_file(policy).unwrap();
        // What the classifier learns without it is learnt once, not at the start of every service.
        let learnt = place.run(&["guard", "test", "こんにちは"]);
        assert_eq!(learnt.code(), Some(0), "{learnt:?}");
        place
    })
}

/// With the exemplars of its policies on top of the compiled-in ones.
const SHIPPED_POLICY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/knowledge/policy.toml");

/// A place that has embedded the guards' exemplars and nothing else: thousands of texts, which every service would embed at its start.
fn taught() -> &'static Place {
    static TAUGHT: OnceLock<Place> = OnceLock::new();
    TAUGHT.get_or_init(|| {
        let place = Place::bare().unwrap();
        std::fs::create_dir(place.articles()).unwrap();
        let taught = place.run(&["guard", "test", "--policy", SHIPPED_POLICY, "こんにちは"]);
        assert_eq!(taught.code(), Some(0), "{taught:?}");
        // Evaluations keep them in a file of their own.
        let eval = place.data().join("eval");
        std::fs::create_dir_all(&eval).unwrap();
        std::fs::copy(place.data().join("madoguchi.db"), eval.join("exemplars.db")).unwrap();
        place
    })
}

/// By `cp`, which leaves holes as they are: the engine's files are 190 MB long and hold one.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-R").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

/// The lines a process has written so far.
#[derive(Debug, Default)]
struct Lines {
    text: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

impl Lines {
    fn read(from: impl std::io::Read + Send + 'static) -> Arc<Self> {
        let lines = Arc::new(Self::default());
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                kept.text.lock().unwrap().0.push(line);
                kept.more.notify_all();
            }
            kept.text.lock().unwrap().1 = true;
            kept.more.notify_all();
        });
        lines
    }

    /// What follows `marker` in the first line that has it.
    fn find(&self, marker: &str) -> Option<String> {
        let found = |lines: &[String]| lines.iter().find_map(|line| Some(line.split_once(marker)?.1.to_owned()));
        let ended = |(lines, ended): &mut (Vec<String>, bool)| !*ended && found(lines).is_none();
        let lines = self.more.wait_timeout_while(self.text.lock().unwrap(), START, ended).unwrap().0;
        found(&lines.0)
    }

    fn all(&self) -> String {
        self.text.lock().unwrap().0.join("\n")
    }
}

/// What follows `marker` in the first line of `from` that has it. Goes on reading, so that the writer never has to wait.
pub(super) fn first_line_with(from: impl std::io::Read + Send + 'static, marker: &str) -> Option<String> {
    Lines::read(from).find(marker)
}

/// A running service, killed when it is dropped.
#[derive(Debug)]
pub(super) struct Service {
    child: Child,
    log: Arc<Lines>,
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
}

impl Service {
    /// Starts it and waits until its doors are open.
    pub(super) fn started(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Lines::read(child.stderr.take().unwrap());
        let Some(address) = log.find("address=") else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the service did not start:\n{}", log.all());
        };
        Self { child, log, address: address.trim().to_owned() }
    }

    /// The service that tests share who only read, or keep to their own conversations. It ends with this process, whichever
    /// way that ends: the shell that started it reads from us.
    pub(super) fn shared() -> Result<&'static Self, String> {
        static SHARED: OnceLock<(Place, Service)> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        processes::model()?;
        let _one_at_a_time = STARTING.lock();
        let shared = SHARED.get_or_init(|| {
            let place = Place::new().unwrap();
            let keys = place.file("config.toml", help_centre::CONFIG);
            let serve = place.command(&["serve", "--no-watch", "--listen", "127.0.0.1:0", "--config"]);
            let mut shell = Command::new("sh");
            shell.args([
                "-c",
                "\"$@\" & pid=$!; read -r _; kill -9 $pid; wait; rm -rf \"$SHARED\" \"$FIRST\" \"$TAUGHT\"",
                "sh",
            ]);
            shell
                .env("SHARED", place.dir.path())
                .env("FIRST", first_synced().dir.path())
                .env("TAUGHT", taught().dir.path());
            shell.arg(serve.get_program()).args(serve.get_args()).arg(keys).stdin(Stdio::piped());
            shell.envs(serve.get_envs().filter_map(|(key, value)| Some((key, value?))));
            shell.env_remove("RUST_LOG");
            (place, Self::started(shell))
        });
        Ok(&shared.1)
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn log(&self) -> String {
        self.log.all()
    }

    /// What follows `marker` in its log, once it is there.
    #[track_caller]
    pub(super) fn logged(&self, marker: &str) -> String {
        self.log.find(marker).unwrap_or_else(|| panic!("{marker:?} is not in the log:\n{}", self.log()))
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        client().request(method, self.url(path))
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// What is at `path`, as JSON, with the status.
    pub(super) async fn json(&self, path: &str) -> (u16, Value) {
        let response = self.get(path).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Opens a conversation.
    pub(super) async fn open(&self, locale: &str) -> Talk {
        Talk::open(self, Some(locale)).await
    }

    /// Ends it the hard way.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end.
    pub(super) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// How it ended; only after it was asked to.
    pub(super) async fn ended(mut self) -> ExitStatus {
        let mut child = std::mem::replace(&mut self.child, Command::new("true").spawn().unwrap());
        let waiting = tokio::task::spawn_blocking(move || child.wait().unwrap());
        tokio::time::timeout(PATIENCE, waiting).await.expect("the service did not end").unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that never goes through a proxy and trusts nobody's certificate: everything is on this machine, in the clear. Each
/// request has a client of its own, and to read the system's hundreds of certificates costs more than most requests.
pub(super) fn client() -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build().unwrap()
}

/// A request by whoever has this key or token; without one by somebody who comes in from the street.
pub(super) fn by(bearer: &str, request: RequestBuilder) -> RequestBuilder {
    match bearer {
        "" => request,
        _ => request.bearer_auth(bearer),
    }
}

/// Asks again and again until there is an answer.
pub(super) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    while Instant::now() < deadline {
        tick.tick().await;
        if let Some(found) = ask().await {
            return found;
        }
    }
    panic!("{what}: not within {} s", PATIENCE.as_secs());
}
