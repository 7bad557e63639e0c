//! Who is there in a busy hour: customers who come and go, and the people who answer them. Each writes down what the service has
//! acknowledged to them.

use madoguchi::conversation::ConversationId;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::talk::text;
use super::books::{Books, Said};
use super::line::{Asks, Line};

const QUESTIONS: [&str; 4] =
    ["送料はいくらですか", "いつまで返品できますか", "領収書の宛名を会社名にできますか", "沖縄には何日で届きますか"];
/// A guard gives these to a person.
const DEMANDS: [&str; 2] = ["返金してください", "お金を返してください"];

/// A customer's side of one conversation.
struct Customer {
    line: Line,
    books: Books,
    rng: ChaCha8Rng,
    id: ConversationId,
    path: String,
    token: String,
    said: usize,
    name: String,
}

/// A customer comes, asks, gets to a person, and goes.
pub(super) async fn visit(line: Line, books: Books, rng: ChaCha8Rng, number: usize) {
    let open = Asks::post("/v1/conversations".to_owned(), "", Some(json!({ "locale": "ja" })));
    let (status, opened) = line.ask(&open).await;
    assert_eq!(status, 201, "{opened}");
    let id = text(&opened["id"]);
    let mut customer = Customer {
        path: format!("/v1/conversations/{id}"),
        id: ConversationId(id.parse().unwrap()),
        token: text(&opened["token"]).to_owned(),
        name: format!("お客様{number}"),
        said: 0,
        line,
        books,
        rng,
    };
    customer.stays().await;
}

impl Customer {
    async fn stays(&mut self) {
        for _ in 0..self.rng.random_range(1..3) {
            let question = QUESTIONS[self.rng.random_range(0..QUESTIONS.len())];
            match self.rng.random_bool(0.4) {
                true => self.says_and_looks_away(question).await,
                false => drop(self.says(question).await),
            }
        }
        let reference = match self.rng.random_bool(0.5) {
            true => self.demands().await,
            false => self.presses_the_button().await,
        };
        let Some(reference) = reference else { return };
        self.books.handed(self.id, &reference);
        for _ in 0..self.rng.random_range(0..3) {
            self.says("追加です。箱がつぶれていました").await;
        }
        if self.rng.random_bool(0.15) {
            // Whoever was sooner: the customer, or the person who settled the case.
            let off =
                Asks { method: Method::DELETE, ..Asks::post(format!("{}/handoff", self.path), &self.token, None) };
            let (status, body) = self.line.ask(&off).await;
            assert!(matches!(status, 200 | 404 | 409), "{status}: {body}");
        }
    }

    /// The next thing to say, which nobody has said before.
    fn next(&mut self, words: &str) -> (String, String) {
        self.said += 1;
        (format!("{words}（{}の{}）", self.name, self.said), format!("{}-{}", self.id, self.said))
    }

    /// Says something, again and again until it is answered.
    async fn says(&mut self, words: &str) -> Value {
        let (words, key) = self.next(words);
        let path = format!("{}/messages", self.path);
        let body = Some(json!({ "text": words }));
        let asks = Asks { key: Some(key.as_str()), ..Asks::post(path, &self.token, body) };
        let (status, answer) = self.line.ask(&asks).await;
        assert!(matches!(status, 200 | 202), "{status}: {answer}");
        self.books.said(Said { conversation: self.id, text: words, acknowledged: true });
        answer
    }

    /// Says something, sees that it has arrived, and does not wait for the answer.
    async fn says_and_looks_away(&mut self, words: &str) {
        let (words, key) = self.next(words);
        let path = format!("{}/messages", self.path);
        let body = Some(json!({ "text": words }));
        let asks = Asks { key: Some(key.as_str()), ..Asks::post(path, &self.token, body) };
        let sent = self.line.request(&asks).header("accept", "text/event-stream").send().await;
        let first = match sent {
            Ok(mut response) if response.status() == 200 => response.chunk().await.ok().flatten(),
            Ok(_) | Err(_) => None,
        };
        self.books.said(Said { conversation: self.id, text: words, acknowledged: first.is_some() });
    }

    /// By their words. If a person has the conversation already, it goes to them.
    async fn demands(&mut self) -> Option<String> {
        let demand = DEMANDS[self.rng.random_range(0..DEMANDS.len())];
        let answer = self.says(demand).await;
        let (opened, there) = (&answer["reply"]["ticket"]["reference"], &answer["reference"]);
        let reference = opened.as_str().or(there.as_str());
        assert!(reference.is_some(), "no person was told of it: {answer}");
        reference.map(str::to_owned)
    }

    async fn presses_the_button(&mut self) -> Option<String> {
        let (status, standing) = self.line.ask(&Asks::post(format!("{}/handoff", self.path), &self.token, None)).await;
        assert_eq!(status, 200, "{standing}");
        // Pressed again after a kill, a person may have settled the case of the first time by now.
        standing["reference"].as_str().map(str::to_owned)
    }
}

/// An operator at work.
pub(super) struct Operator {
    pub(super) line: Line,
    pub(super) books: Books,
    pub(super) rng: ChaCha8Rng,
    pub(super) name: &'static str,
    pub(super) key: &'static str,
    /// Some cases are left lying until their promise was moved, or broken.
    pub(super) overworked: bool,
}

impl Operator {
    /// Does the next thing there is to do. Whether there was anything.
    pub(super) async fn works(&mut self) -> bool {
        // What they have already, also if they were not told so before the service died.
        let mine = format!("/v1/operator/queue?state=claimed&limit=200&operator={}", self.name);
        let (status, claimed) = self.line.ask(&Asks::get(mine, self.key)).await;
        assert_eq!(status, 200, "{claimed}");
        let claimed = claimed["cases"].as_array().unwrap();
        let overworked = self.overworked;
        for filed in claimed.iter().filter(|filed| !overworked || !is_left(filed)) {
            self.settles(text(&filed["ticket"]["reference"])).await;
        }
        let next = Asks::post("/v1/operator/queue/next".to_owned(), self.key, None);
        let taken = self.line.once(&next).await;
        if let Some((status, body)) = &taken {
            assert_eq!(*status, 200, "{body}");
        }
        let nothing = taken.is_some_and(|(_, next)| next["case"].is_null());
        !(nothing && claimed.is_empty())
    }

    /// Answers, and settles the case or gives it back. Whatever the service dies over is looked at again by the next round.
    async fn settles(&mut self, reference: &str) {
        let path = format!("/v1/operator/tickets/{reference}");
        let Some((200, view)) = self.line.once(&Asks::get(path.clone(), self.key)).await else { return };
        let words = format!("お調べしました。対応いたします。（{reference}）");
        let transcript = view["transcript"].as_array().unwrap();
        if !transcript.iter().any(|message| message["role"] == "operator" && message["text"] == words.as_str()) {
            let reply = Asks::post(format!("{path}/reply"), self.key, Some(json!({ "text": words })));
            match self.line.once(&reply).await {
                Some((200, _)) => self.books.answered(reference, &words),
                // The customer was sooner, and called it off; or nobody knows.
                Some((404 | 409, _)) | None => return,
                Some((status, body)) => panic!("{status}: {body}"),
            }
        }
        let end = if self.rng.random_bool(0.8) { "resolve" } else { "hand-back" };
        if let Some((status, body)) = self.line.once(&Asks::post(format!("{path}/{end}"), self.key, None)).await {
            assert!(matches!(status, 200 | 404 | 409), "{status}: {body}");
        }
    }
}

/// Whether a case is a hard one, and left lying: of the desk that promises an answer within minutes, one in eight until its promise was
/// moved, and one in sixteen until it was broken.
fn is_left(filed: &Value) -> bool {
    let (ticket, promise) = (&filed["ticket"], &filed["promise"]);
    if ticket["desk"] != "returns" || promise["state"] != "running" {
        return false;
    }
    match text(&ticket["reference"]).bytes().map(usize::from).sum::<usize>() % 16 {
        0 => true,
        1 | 2 => promise["machine_renegotiations"] == 0,
        _ => false,
    }
}
