// The service, as this page speaks to it. The token stands in a header and never in an address.
import { locale, store, stored } from "./chat-page.js";

const KEPT = "madoguchi.conversation";
// A stream sends a comment every 15 seconds: one that is silent for so long is dead.
const SILENCE = 40_000;

// The service has said no.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? String(status));
    this.status = status;
  }
}

// Whether it may go well another time: the line was cut, or the service is busy.
export function passing(error) {
  return !(error instanceof Refused) || error.status >= 500 || error.status === 408 || error.status === 429;
}

let held = null;

// The conversation this page shows, and what it remembers of it: `outbox`, a message on its way, and `rated`.
export function conversation() {
  return held;
}

export function hold(opened) {
  held = opened;
  store(KEPT, held);
}

export function remember(notes) {
  if (held) hold({ ...held, ...notes });
}

export function keptBefore() {
  const kept = stored(KEPT);
  return kept?.id && kept.token ? kept : null;
}

export function letGo() {
  held = null;
  store(KEPT, null);
}

// Takes `#resume=ID.TOKEN` out of the address, at once, so that it is in no history and over no shoulder. Mails bring such links; their keys
// open the conversation, but do not change where its mails go.
export function resumeLink() {
  if (!location.hash.startsWith("#resume=")) return null;
  const named = location.hash.slice("#resume=".length);
  history.replaceState(null, "", location.pathname + location.search);
  try {
    const [, id, token] = /^([0-9a-f-]{36})\.(\S+)$/i.exec(decodeURIComponent(named)) ?? [];
    return token ? { id, token, byMail: true } : { id: "", token: "" };
  } catch {
    return { id: "", token: "" };
  }
}

async function taken(response) {
  if (response.ok) return response;
  throw new Refused(response.status, await response.json().catch(() => null));
}

export async function open() {
  const response = await fetch("/v1/conversations", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ locale: locale.value }),
  });
  hold(await (await taken(response)).json());
}

// Asks something about the conversation. Throws `Refused`, or what `fetch` throws when there is no line.
export async function call(method, below, { body, headers, of = held, signal } = {}) {
  const sent = { method, signal, headers: { authorization: `Bearer ${of.token}`, ...headers } };
  if (body !== undefined) {
    sent.body = JSON.stringify(body);
    sent.headers["content-type"] = "application/json";
  }
  return taken(await fetch(`/v1/conversations/${of.id}${below}`, sent));
}

export async function answer(method, below, asked) {
  return (await call(method, below, asked)).json();
}

// Reads events from an address below the conversation, until the stream ends or is silent for too long.
export async function* events(method, below, asked = {}) {
  const line = new AbortController();
  asked.signal?.addEventListener("abort", () => line.abort(), { once: true });
  let timer = setTimeout(() => line.abort(), SILENCE);
  try {
    const headers = { accept: "text/event-stream", ...asked.headers };
    const response = await call(method, below, { ...asked, headers, signal: line.signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    yield { name: "opened" };
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => line.abort(), SILENCE);
      buffer += value;
      for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
        const event = parsed(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        if (event) yield event;
      }
    }
  } finally {
    clearTimeout(timer);
    line.abort();
  }
}

function parsed(text) {
  const event = { id: null, name: "message", data: "" };
  for (const line of text.split("\n")) {
    if (line.startsWith("id:")) event.id = line.slice(3).trim();
    if (line.startsWith("event:")) event.name = line.slice(6).trim();
    if (line.startsWith("data:")) event.data += line.slice(5).trim();
  }
  return event.data ? { ...event, data: JSON.parse(event.data) } : null;
}
