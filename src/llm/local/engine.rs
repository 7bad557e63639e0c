//! The thread that embeds: questions before passages, a step of bounded size at a time, texts of all callers together.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

use super::encoder::{Encoder, Scratch};
use super::team::Team;
use super::tokenizer::TextTokenizer;
use super::windows::{self, Window};
use crate::llm::normal::normalise;
use crate::llm::{EmbedError, Vector};

/// A question longer than this many windows is cut: a pasted book must not keep everybody else waiting.
pub(super) const QUERY_WINDOWS: usize = 16;

type Reply = oneshot::Sender<Result<Vector, EmbedError>>;

/// What a text is embedded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Query,
    Passage,
}

/// Tokenizer, encoder and prefixes: everything that turns a text into a vector, without threads.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) tokenizer: TextTokenizer,
    pub(super) encoder: Encoder,
    pub(super) query_prefix: String,
    pub(super) passage_prefix: String,
}

impl Core {
    /// Ids of the whole text, prefix included, special tokens not.
    pub(super) fn content(&self, text: &str, role: Role) -> Result<Vec<u32>, EmbedError> {
        let prefix = match role {
            Role::Query => &self.query_prefix,
            Role::Passage => &self.passage_prefix,
        };
        self.tokenizer.content(&format!("{prefix}{}", normalise(text)))
    }

    fn windows(&self, text: &str, role: Role) -> Result<VecDeque<Window>, EmbedError> {
        let mut windows = windows::cut(&self.content(text, role)?, self.encoder.positions, &self.tokenizer);
        if role == Role::Query {
            windows.truncate(QUERY_WINDOWS);
        }
        Ok(windows)
    }
}

/// Handle of the engine. Dropping it stops the thread after the step it is in.
#[derive(Debug)]
pub(super) struct Engine {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    queries: VecDeque<Job>,
    passages: VecDeque<Job>,
    closed: bool,
}

#[derive(Debug)]
struct Job {
    text: String,
    reply: Reply,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses everything from now on; who waits learns that the engine has stopped.
    fn close(&self) {
        let mut waiting = self.lock();
        *waiting = Waiting { closed: true, ..Waiting::default() };
        drop(waiting);
        self.changed.notify_all();
    }
}

impl Engine {
    /// Starts the thread, and a pool when there are to be more.
    pub(super) fn start(core: Arc<Core>, threads: usize) -> Result<Self, EmbedError> {
        let failed = |error: &dyn std::fmt::Display| EmbedError::Model(format!("starting its threads: {error}"));
        let threads = threads.max(1);
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("embed-{n}"));
        let pool = (threads > 1).then(|| pool.build()).transpose().map_err(|error| failed(&error))?;
        let queue = Arc::new(Queue::default());
        let worker = Worker {
            core,
            threads,
            pool,
            queue: Arc::clone(&queue),
            queries: VecDeque::new(),
            passages: VecDeque::new(),
            scratch: (0..threads).map(|_| Scratch::default()).collect(),
        };
        let thread = std::thread::Builder::new().name("embed".to_owned()).spawn(move || worker.run());
        Ok(Self { queue, thread: Some(thread.map_err(|error| failed(&error))?) })
    }

    /// Puts texts in the queue; the receivers answer in their order. A dropped receiver takes its text out again.
    pub(super) fn submit<'a>(
        &self,
        texts: impl Iterator<Item = &'a str>,
        role: Role,
    ) -> Result<Vec<oneshot::Receiver<Result<Vector, EmbedError>>>, EmbedError> {
        let mut receivers = Vec::new();
        let mut waiting = self.queue.lock();
        if waiting.closed {
            return Err(EmbedError::Stopped);
        }
        for text in texts {
            let (reply, receiver) = oneshot::channel();
            let job = Job { text: text.to_owned(), reply };
            match role {
                Role::Query => waiting.queries.push_back(job),
                Role::Passage => waiting.passages.push_back(job),
            }
            receivers.push(receiver);
        }
        drop(waiting);
        self.queue.changed.notify_all();
        Ok(receivers)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported where it happened.
            let _ = thread.join();
        }
    }
}

/// A text of which some windows are embedded already.
#[derive(Debug)]
struct Begun {
    left: VecDeque<Window>,
    sum: Vec<f32>,
    reply: Reply,
}

struct Worker {
    core: Arc<Core>,
    threads: usize,
    pool: Option<ThreadPool>,
    queue: Arc<Queue>,
    queries: VecDeque<Begun>,
    passages: VecDeque<Begun>,
    scratch: Vec<Scratch>,
}

impl Drop for Worker {
    /// However the thread ends, by order or by panic, nobody is left waiting for it.
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Worker {
    fn run(mut self) {
        while self.fetch() {
            let role = if self.queries.is_empty() { Role::Passage } else { Role::Query };
            self.step(role);
        }
    }

    /// Tokens of one step: what keeps every thread busy, and no more, because a question that comes now waits for its end.
    fn step_tokens(&self) -> usize {
        self.threads * self.core.encoder.positions
    }

    /// Takes work from the queue, waiting for some if there is none. False when the engine is to stop.
    fn fetch(&mut self) -> bool {
        let queue = Arc::clone(&self.queue);
        let mut waiting = queue.lock();
        while !waiting.closed
            && waiting.queries.is_empty()
            && waiting.passages.is_empty()
            && self.queries.is_empty()
            && self.passages.is_empty()
        {
            waiting = queue.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.closed {
            return false;
        }
        let queries = std::mem::take(&mut waiting.queries);
        drop(waiting);
        for job in queries {
            self.begin(job, Role::Query);
        }
        if self.queries.is_empty() {
            self.fetch_passages(&queue);
        }
        true
    }

    /// Takes one passage after the other until there is enough for a step.
    fn fetch_passages(&mut self, queue: &Queue) {
        let mut tokens: usize = self.passages.iter().flat_map(|begun| &begun.left).map(|window| window.ids.len()).sum();
        while tokens < self.step_tokens() {
            let Some(job) = queue.lock().passages.pop_front() else { return };
            tokens += self.begin(job, Role::Passage);
        }
    }

    /// Cuts a text into windows. Returns how many tokens it has.
    fn begin(&mut self, job: Job, role: Role) -> usize {
        if job.reply.is_closed() {
            return 0;
        }
        match self.core.windows(&job.text, role) {
            Ok(left) => {
                let tokens = left.iter().map(|window| window.ids.len()).sum();
                let begun = Begun { left, sum: vec![0.0; self.core.encoder.hidden], reply: job.reply };
                match role {
                    Role::Query => self.queries.push_back(begun),
                    Role::Passage => self.passages.push_back(begun),
                }
                tokens
            }
            Err(error) => {
                let _ = job.reply.send(Err(error));
                0
            }
        }
    }

    /// Embeds the first windows that are due, and answers the texts that are complete.
    fn step(&mut self, role: Role) {
        let limit = self.step_tokens();
        let texts = match role {
            Role::Query => &mut self.queries,
            Role::Passage => &mut self.passages,
        };
        texts.retain(|begun| !begun.reply.is_closed());
        let mut due: Vec<(usize, Window)> = Vec::new();
        let mut tokens = 0;
        'texts: for (text, begun) in texts.iter_mut().enumerate() {
            while let Some(window) = begun.left.pop_front() {
                if tokens > 0 && tokens + window.ids.len() > limit {
                    begun.left.push_front(window);
                    break 'texts;
                }
                tokens += window.ids.len();
                due.push((text, window));
            }
        }
        match encode(&self.core.encoder, &due, self.threads, self.pool.as_ref(), &mut self.scratch) {
            Ok(pooled) => {
                for ((text, window), pooled) in due.iter().zip(pooled) {
                    let Some(begun) = texts.get_mut(*text) else { continue };
                    begun.sum.iter_mut().zip(pooled).for_each(|(sum, value)| *sum += value * window.weight);
                }
            }
            Err(error) => {
                // Not to be had with a model that loaded; whoever is concerned is told, the others go on.
                let reason = error.to_string();
                for (text, _) in &due {
                    if let Some(begun) = texts.get_mut(*text) {
                        let (unused, _) = oneshot::channel();
                        let _ =
                            std::mem::replace(&mut begun.reply, unused).send(Err(EmbedError::Model(reason.clone())));
                        begun.left.clear();
                    }
                }
            }
        }
        while let Some(begun) = texts.pop_front_if(|begun| begun.left.is_empty()) {
            let _ = begun.reply.send(Ok(Vector::normalised(begun.sum)));
        }
    }
}

/// Pooled vectors of windows, in order: shared between threads window by window, or within the window when it is the only one.
fn encode(
    encoder: &Encoder,
    due: &[(usize, Window)],
    threads: usize,
    pool: Option<&ThreadPool>,
    scratch: &mut [Scratch],
) -> Result<Vec<Vec<f32>>, EmbedError> {
    let lengths: Vec<usize> = due.iter().map(|(_, window)| window.ids.len()).collect();
    let groups = windows::share(&lengths, threads);
    let team = Team((threads / groups.len().max(1)).max(1));
    let run = |(group, scratch): (&Vec<usize>, &mut Scratch)| {
        let ids: Vec<&[u32]> = group.iter().map(|index| due[*index].1.ids.as_slice()).collect();
        encoder.encode(&ids, scratch, team)
    };
    let found: Vec<Result<Vec<Vec<f32>>, EmbedError>> = match pool {
        Some(pool) => pool.install(|| groups.par_iter().zip(scratch.par_iter_mut()).map(run).collect()),
        None => groups.iter().zip(scratch.iter_mut()).map(run).collect(),
    };
    let mut out = vec![Vec::new(); due.len()];
    for (group, vectors) in groups.iter().zip(found) {
        for (index, vector) in group.iter().zip(vectors?) {
            out[*index] = vector;
        }
    }
    Ok(out)
}
