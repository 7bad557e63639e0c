// Where the case stands: the bar above the conversation, and what one can do about it.
import { answer, conversation, Refused } from "./chat-api.js";
import { announce, confirmed, element, find, locale, says, setTime, t, written } from "./chat-page.js";
import { attempt } from "./chat-trouble.js";

// How often it is looked at without an event: the place in the queue moves without one.
const LOOK_AGAIN = 30_000;

const bar = find("case");
const watchers = [];
let owner = "assistant";
let looking = null;
let heard = "";

// Calls `watcher` with each status that comes.
export function watch(watcher) {
  watchers.push(watcher);
}

// Whether the assistant answers what is said now. After the end it does: a message opens the conversation again.
export function assistantAnswers() {
  return owner === "assistant" || owner === "closed";
}

export function caseIsOpen() {
  return owner === "waiting" || owner === "operator";
}

// Asks where the conversation stands and shows it. Asked again meanwhile, it asks once more.
export async function look() {
  if (looking) {
    looking.again = true;
    return looking.done;
  }
  const mine = (looking = { again: false });
  mine.done = (async () => {
    let status;
    do {
      mine.again = false;
      status = await answer("GET", `/status?language=${locale.value}`);
    } while (mine.again);
    if (status.conversation === conversation()?.id) draw(status);
    return status;
  })().finally(() => (looking = null));
  return mine.done;
}

// The same where nobody waits for it: the next look may go better.
export function lookSoon() {
  look().catch(() => {});
}

// What an event or an answer says of it, at once; the rest is asked for.
export function standing(now) {
  turn(now.owner);
  lookSoon();
}

function turn(to) {
  owner = to;
  document.body.dataset.owner = owner;
  // At the end it stands below the question whether the problem was solved.
  find("person").hidden = owner !== "assistant";
  find("close").hidden = owner === "closed";
  const hint = t(caseIsOpen() ? "add_details" : "hint");
  find("text").placeholder = hint;
  find("text").setAttribute("aria-label", hint);
}

function draw(status) {
  turn(status.owner);
  bar.hidden = !caseIsOpen() || !status.reference;
  if (!bar.hidden) drawCase(status);
  for (const watcher of watchers) watcher(status);
}

function drawCase(status) {
  const state = status.owner === "operator" ? "taken" : "waiting";
  says(find("case-state"), state);
  find("case-reference").textContent = status.reference;
  find("case-desk").textContent = status.desk_name ?? status.desk ?? "";
  find("case-operator").textContent = status.operator ?? "";
  find("case-held").hidden = !status.operator;
  if (status.opened_at) setTime(find("case-since"), status.opened_at);
  find("case-time").closest("div").hidden = !status.promised_by;
  if (status.promised_by) setTime(find("case-time"), status.promised_by);
  // Lines that name the reference repeat what the bar shows; the others tell of the queue.
  const queue = status.words.filter((line) => !line.includes(status.reference));
  const lines = [...find("case-queue").children].map((line) => line.textContent);
  if (lines.join("\n") !== queue.join("\n")) find("case-queue").replaceChildren(...queue.map((line) => element("li", "", line)));
  const by = status.promised_by ? `${t("answer_by")}: ${written(status.promised_by)}` : "";
  const now = [t(state), status.operator, `${t("reference_number")}: ${status.reference}`, by].filter(Boolean).join(". ");
  if (now !== heard) announce(now);
  heard = now;
}

// Asks for something about the case; where it stands otherwise than the page thought, that is shown instead.
export async function change(method, below) {
  const body = method === "DELETE" ? undefined : { language: locale.value };
  try {
    standing(await answer(method, below, { body }));
  } catch (error) {
    if (!(error instanceof Refused) || ![404, 409].includes(error.status)) throw error;
    await look();
  }
}

// On a small screen what was said has more need of the room; the promise stays.
if (matchMedia("(max-width: 30rem)").matches) bar.querySelector("details").open = false;

find("person").addEventListener("click", () => attempt(find("person"), () => change("POST", "/handoff")));

find("call-off").addEventListener("click", () =>
  attempt(find("call-off"), async () => {
    if (await confirmed("call_off_question", "call_off")) await change("DELETE", "/handoff");
  }),
);

find("close").addEventListener("click", () =>
  attempt(find("close"), async () => {
    if (await confirmed("end_question", "end_chat")) await change("POST", "/close");
  }),
);

find("copy").addEventListener("click", async () => {
  const reference = find("case-reference");
  try {
    await navigator.clipboard.writeText(reference.textContent);
    says(find("copy"), "copied");
    announce(t("copied"));
    setTimeout(() => says(find("copy"), "copy"), 2000);
  } catch {
    // The clipboard is not to be had: the reference is marked, to be copied by hand.
    getSelection().selectAllChildren(reference);
  }
});

setInterval(() => {
  if (!document.hidden && caseIsOpen()) lookSoon();
}, LOOK_AGAIN);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && conversation()) lookSoon();
});
