// The customers' page: takes up the conversation that this browser had, or begins one, and listens to it. It streams by fetch, so that
// the token stands in a header and never in an address.
import { answer, call, conversation, events, hold, keptBefore, letGo, open, passing, Refused, remember, resumeLink } from "./chat-api.js";
import { look, lookSoon, standing } from "./chat-case.js";
import { earlier, forgetEarlier, keepEarlier, showEarlier } from "./chat-earlier.js";
import { clearLog, greet, isShown, markAdded, note, nothingSaid, replyToCome, show, shownItem } from "./chat-log.js";
import { beginLanguage, confirmed, element, find, keepLanguage, locale, reword, speaks, worded } from "./chat-page.js";
import { dropSending, say, sending } from "./chat-send.js";
import { attempt, reason, trouble } from "./chat-trouble.js";
import "./chat-end.js";
import "./chat-mail.js";

const topics = find("topics");
const options = find("options");
const title = document.title;
// The line on which the shown conversation is listened to.
let line = new AbortController();
// The place of a reply to a message that this page did not send, or has forgotten.
let expected = null;
// Whether the customer chose the page's language.
let chosen = false;

function clear() {
  line.abort();
  line = new AbortController();
  expected = null;
  dropSending();
  clearLog();
  topics.replaceChildren();
  for (const part of ["case", "mail", "end"]) find(part).hidden = true;
  trouble(null);
}

// Tries until it went well or was refused; meanwhile the customer sees why nothing comes.
async function patiently(act) {
  for (let tries = 1; ; tries++) {
    try {
      const done = await act();
      trouble(null);
      return done;
    } catch (error) {
      if (!passing(error)) throw error;
      await new Promise((resolve) => {
        trouble(navigator.onLine ? "lost" : "offline", resolve);
        setTimeout(resolve, Math.min(10_000, 500 * 2 ** tries));
      });
    }
  }
}

async function begin() {
  const before = nothingSaid() ? null : conversation();
  clear();
  if (before) keepEarlier(before);
  await patiently(open);
  remember({ at: new Date().toISOString() });
  const { greeting, language, topics: offered } = conversation();
  greet(greeting, language);
  showTopics(offered);
  lookSoon();
  listen(0);
}

// Shows a conversation as it is kept, with whatever was going on. False if the service does not open it with this token.
async function takeUp(kept) {
  const before = nothingSaid() ? null : conversation();
  clear();
  let read;
  try {
    read = await patiently(() => answer("GET", "", { of: kept }));
  } catch (error) {
    if (error instanceof Refused && [401, 403, 404].includes(error.status)) return false;
    throw error;
  }
  if (before && before.id !== kept.id) keepEarlier(before);
  forgetEarlier(kept.id);
  hold({ ...kept, at: read.created_at });
  if (!chosen && speaks(read.locale)) {
    locale.value = read.locale;
    reword();
  }
  if (kept.greeting) greet(kept.greeting, kept.language);
  for (const message of read.messages) show(message);
  if (read.messages.length === 0) showTopics(kept.topics ?? []);
  const status = await patiently(look);
  takeUpUnanswered(read, status);
  listen(read.last_event_id);
  return true;
}

// Of messages that have no reply: the last may be having one made; one that the browser was sending is sent again under its key; the
// others went into the case.
function takeUpUnanswered({ messages, owner }, status) {
  const answered = new Set(messages.map((message) => message.in_reply_to));
  const { outbox } = conversation();
  const last = messages.at(-1);
  for (const message of messages) {
    if (message.role !== "customer" || answered.has(message.id)) continue;
    if (message.id === outbox?.id || message === last && owner === "assistant") continue;
    if (status.reference) markAdded(shownItem(message.id));
  }
  if (outbox && !answered.has(outbox.id)) {
    say(outbox.text, { ...outbox, item: shownItem(outbox.id) });
  } else if (last?.role === "customer" && owner === "assistant") {
    expected = { id: last.id, item: replyToCome() };
  }
}

function showTopics(offered) {
  if (offered.length === 0) return;
  topics.append(worded("topics", "h2"));
  for (const topic of offered) {
    const details = element("details");
    details.append(element("summary", "", topic.label));
    for (const article of topic.articles) {
      const ask = element("button", "", article.title);
      ask.type = "button";
      ask.addEventListener("click", () => {
        if (!sending()) say(article.title);
      });
      details.append(ask);
    }
    topics.append(details);
  }
}

// Listens for as long as the conversation is shown: what a person writes comes without being asked for.
async function listen(after) {
  const { signal } = line;
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      for await (const event of events("GET", "/events", { signal, headers: { "last-event-id": String(after) } })) {
        if (signal.aborted) return;
        if (event.name === "opened") {
          if (tries > 1 && !sending()) trouble(null);
          tries = 0;
          lookSoon();
          continue;
        }
        after = event.id;
        hear(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!passing(error)) return trouble(reason(error));
    }
    // One cut is nothing to speak of.
    if (tries > 1 && !sending()) trouble(navigator.onLine ? "lost" : "offline");
    await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 500 * 2 ** tries)));
  }
}

// What the line for a message on its way does not tell.
function hear({ name, data }) {
  if (name === "standing" || name === "added") return standing(data);
  if (name === "status" && !sending() && !isShown(data.message_id)) return sync();
  if (name !== "message" || data.role === "assistant" && sending()) return;
  if (data.role === "assistant" && !isShown(data.in_reply_to)) return sync();
  const place = data.in_reply_to && data.in_reply_to === expected?.id ? expected.item : null;
  if (place) expected = null;
  show(data, place);
  if (data.role !== "assistant") lookSoon();
  if (data.role === "operator" && document.hidden) document.title = `● ${title}`;
}

// Shows what another window of the same customer has said and heard.
async function sync() {
  const { signal } = line;
  const read = await answer("GET", "").catch(() => null);
  if (!read || signal.aborted || sending()) return;
  for (const message of read.messages) show(message);
}

locale.addEventListener("change", () => {
  chosen = true;
  keepLanguage();
  reword();
  if (!conversation()) return;
  // Nothing was said yet: then the greeting changes too. Otherwise the conversation stays, and only the page speaks otherwise.
  if (nothingSaid() && !sending()) begin().catch(failed);
  else lookSoon();
});

find("new-chat").addEventListener("click", () => {
  options.open = false;
  begin().then(() => find("text").focus(), failed);
});

options.addEventListener("toggle", () => {
  if (options.open) showEarlier((kept) => {
    options.open = false;
    takeUpAgain(kept).catch(failed);
  });
});

// Shows an earlier conversation, or the one before if the service no longer has it.
async function takeUpAgain(kept) {
  const before = conversation();
  if (await takeUp(kept)) return;
  forgetEarlier(kept.id);
  if (before) await takeUp(before);
  note("resume_failed");
}

find("transcript").addEventListener("click", () =>
  attempt(find("transcript"), async () => {
    options.open = false;
    const response = await call("GET", "/transcript?format=html");
    const address = URL.createObjectURL(await response.blob());
    const link = element("a");
    link.href = address;
    link.download = `madoguchi-${conversation().id.slice(0, 8)}.html`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }),
);

find("delete").addEventListener("click", () =>
  attempt(find("delete"), async () => {
    options.open = false;
    if (!(await confirmed("delete_question", "delete", true))) return;
    await call("DELETE", "");
    letGo();
    await begin();
    note("deleted");
  }),
);

// A menu: whatever is done elsewhere closes it.
document.addEventListener("click", (event) => {
  if (!options.contains(event.target)) options.open = false;
});
options.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !options.open) return;
  options.open = false;
  options.querySelector("summary").focus();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.title = title;
});

addEventListener("hashchange", () => {
  if (location.hash.startsWith("#resume=")) start().catch(failed);
});

function failed(error) {
  trouble(reason(error), () => start().catch(failed));
}

// Shows the conversation of a link. If this browser has its own token, that one is kept: the link's is good for a while only.
async function follow(link, kept) {
  const own = kept?.id === link.id ? kept : earlier(link.id);
  const opened = (own && (await takeUp(own))) || (await takeUp(link));
  if (opened && kept && kept.id !== link.id) keepEarlier(kept);
  return opened;
}

async function start() {
  const link = resumeLink();
  chosen = beginLanguage();
  reword();
  const kept = keptBefore();
  if (link?.token && (await follow(link, kept))) return;
  if (!kept || !(await takeUp(kept))) await begin();
  if (link) note("resume_failed");
}

start().catch(failed);
