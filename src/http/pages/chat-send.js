// Sends what the customer writes: under one key, as often as it takes, so that it is answered once. Until the service has it, the text
// stays in the field too.
import { events, passing, remember, Refused } from "./chat-api.js";
import { assistantAnswers, standing } from "./chat-case.js";
import { customerSaid, known, markAdded, offerAgain, replySays, replySoFar, replyToCome, show } from "./chat-log.js";
import { find } from "./chat-page.js";
import { reason, trouble } from "./chat-trouble.js";

const LONGEST_PAUSE = 10_000;

const form = find("form");
const field = find("text");
const button = find("send");
// The message on its way: `kept` once the service has it, `done` once nothing more comes of it.
let way = null;

export function sending() {
  return way !== null;
}

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Says something. `before`: what is left of an attempt that the browser did not see the end of.
export function say(text, before = {}) {
  const { key = freshKey(), id = null, item = null } = before;
  const mine = { key, text, id, item: item ?? customerSaid(text, new Date().toISOString()), reply: null };
  return deliver(mine);
}

async function deliver(mine) {
  way = Object.assign(mine, { kept: false, done: false, failed: false, busy: false, wake: () => {} });
  remember({ outbox: { key: mine.key, text: mine.text, id: mine.id } });
  if (mine.reply) replySays(mine.reply, "thinking");
  else if (assistantAnswers()) mine.reply = replyToCome();
  lock(true);
  for (let tries = 0; !mine.done && way === mine; tries++) {
    if (tries > 0) await pause(mine, tries);
    if (way !== mine) return;
    lock(true);
    await once(mine);
  }
  if (way === mine) end(mine);
}

// One attempt. What the service answers is heard as it comes; what stands in the way is kept in `mine`.
async function once(mine) {
  mine.said = "";
  const asked = { body: { text: mine.text }, headers: { "idempotency-key": mine.key } };
  try {
    for await (const event of events("POST", "/messages", asked)) {
      if (way === mine) hear(mine, event);
      if (mine.done || way !== mine) return;
    }
    mine.busy = false;
  } catch (error) {
    if (way !== mine) return;
    mine.busy = error instanceof Refused;
    if (!passing(error)) refused(mine, error);
  }
}

function hear(mine, { name, data }) {
  if (name === "opened") return received(mine);
  if (name === "status") {
    mine.id = data.message_id;
    mine.item = known(mine.item, mine.id);
    remember({ outbox: { key: mine.key, text: mine.text, id: mine.id } });
  } else if (name === "delta") {
    mine.said += data.text;
    mine.reply ??= replyToCome();
    replySoFar(mine.reply, mine.said);
  } else if (name === "standing") {
    standing(data);
  } else if (name === "message") {
    mine.done = true;
    show(data, data.role === "assistant" ? mine.reply : null);
    if (data.role !== "assistant") mine.reply?.remove();
    if (data.reply?.ticket) standing({ owner: "waiting" });
  } else if (name === "added") {
    mine.done = true;
    mine.reply?.remove();
    markAdded(mine.item);
    standing(data);
  } else if (name === "error") {
    mine.done = mine.failed = true;
    mine.reply ??= replyToCome();
    replySays(mine.reply, "failed", true);
    offerAgain(mine.reply, () => {
      if (!sending()) deliver(mine);
    });
  }
}

// The service has the message, on its disk.
function received(mine) {
  mine.kept = true;
  trouble(null);
  if (field.value.trim() === mine.text) field.value = "";
}

// The service will not take it: it goes back into the field, to be changed.
function refused(mine, error) {
  mine.done = true;
  takeBack(mine);
  trouble(reason(error));
}

function takeBack(mine) {
  mine.item.remove();
  mine.reply?.remove();
  if (!field.value.trim()) field.value = mine.text;
}

// Waits before the next attempt: longer each time, and no longer than until the line is back or the customer sends it again.
async function pause(mine, tries) {
  const word = mine.busy ? "busy" : navigator.onLine ? "lost" : "offline";
  if (mine.reply) replySays(mine.reply, word);
  if (!mine.kept) {
    if (!field.value) field.value = mine.text;
    lock(false);
  }
  trouble(word, () => mine.wake());
  const done = new AbortController();
  await new Promise((resolve) => {
    mine.wake = resolve;
    addEventListener("online", resolve, { signal: done.signal });
    setTimeout(resolve, Math.min(LONGEST_PAUSE, 500 * 2 ** tries));
  });
  done.abort();
}

function lock(locked) {
  button.disabled = locked;
  // While it is under way the text must not change below the customer's hands.
  field.readOnly = locked && way !== null && !way.kept && field.value.trim() === way.text;
}

function end(mine) {
  way = null;
  // What failed can still be sent again under its key, after a reload too.
  if (!mine.failed) remember({ outbox: null });
  lock(false);
  field.focus({ preventScroll: true });
}

// Forgets the message on its way, when another conversation is shown.
export function dropSending() {
  if (!way) return;
  way = null;
  lock(false);
  trouble(null);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text || button.disabled) return;
  if (way && text === way.text) return way.wake();
  say(text);
});

field.addEventListener("input", () => {
  // Changed before the service had it: that one is not sent any more, what stands in the field then is.
  if (!way || way.kept || field.readOnly || field.value.trim() === way.text) return;
  const { item, reply, wake } = way;
  way = null;
  wake();
  item.remove();
  reply?.remove();
  remember({ outbox: null });
  trouble(null);
});

field.addEventListener("keydown", (event) => {
  // Enter also ends the conversion of kana; that one must not send.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    form.requestSubmit();
  }
});

if (!CSS.supports("field-sizing", "content")) field.rows = 2;
