// The list of what was said. Who said it shows in each message, and can be heard: the customer, a person at a desk by name, or nobody.
import { button, element, find, says, setTime, worded } from "./chat-page.js";

const messages = find("messages");
// What is shown, by the message's id.
const shown = new Map();

export function clearLog() {
  messages.replaceChildren();
  shown.clear();
}

export function isShown(id) {
  return shown.has(id);
}

// What is shown of a message, if it is.
export function shownItem(id) {
  return shown.get(id) ?? null;
}

export function nothingSaid() {
  return messages.querySelector(".customer, .operator, .notice") === null;
}

function add(role, ...parts) {
  const item = element("li", role);
  item.append(...parts);
  messages.append(item);
  return item;
}

function body(item) {
  return item.querySelector(".body");
}

function date(item, at) {
  if (!at) return;
  const time = element("time", "when");
  setTime(time, at, "message");
  item.append(time);
}

// Whether the newest message is in sight: then it stays so, whatever else on the page grows.
let following = true;

function intoSight(item) {
  item.scrollIntoView({ block: "nearest" });
  following = true;
}

const room = messages.parentElement;
room.addEventListener("scroll", () => {
  const last = messages.lastElementChild?.getBoundingClientRect().bottom ?? 0;
  following = last <= room.getBoundingClientRect().bottom + 1;
});
new ResizeObserver(() => {
  if (following && messages.lastElementChild) intoSight(messages.lastElementChild);
}).observe(room);

// What the customer said. It has an id once it is kept.
export function customerSaid(text, at, id = null) {
  if (isShown(id)) return shown.get(id);
  const item = add("customer", worded("you", "p", "heard"), element("div", "body", text));
  date(item, at);
  if (id) shown.set(id, item);
  intoSight(item);
  return item;
}

// The item of a message that turned out to have this id: the one that was there already, or this one.
export function known(item, id) {
  const before = shown.get(id);
  if (before && before !== item) item.remove();
  else shown.set(id, item);
  return shown.get(id);
}

export function markAdded(item) {
  if (!item.querySelector(".added")) item.append(worded("added_to_case", "p", "added"));
}

// The place of an automatic reply that is being made.
export function replyToCome() {
  const item = add("assistant waiting", worded("automatic", "p", "automatic"), worded("thinking", "div", "body"));
  // Read out once it is whole, and not piece by piece.
  item.setAttribute("aria-busy", "true");
  intoSight(item);
  return item;
}

export function replySays(item, word, failed = false) {
  item.classList.toggle("failed", failed);
  item.classList.toggle("waiting", !failed);
  says(body(item), word);
  item.querySelector(".again")?.remove();
  if (failed) item.removeAttribute("aria-busy");
  intoSight(item);
}

export function offerAgain(item, act) {
  const again = button("retry", "plain again", act);
  item.append(again);
  intoSight(item);
}

export function replySoFar(item, text) {
  item.classList.remove("waiting", "failed");
  plain(body(item)).textContent = text;
  intoSight(item);
}

function plain(element) {
  delete element.dataset.word;
  element.removeAttribute("lang");
  return element;
}

// The assistant's first words, which are in no list.
export function greet(text, lang) {
  const item = add("assistant", worded("automatic", "p", "automatic"), element("div", "body", text));
  item.lang = lang ?? "";
}

// Something about the page, and not of the conversation.
export function note(word) {
  intoSight(add("note", worded(word, "p")));
}

// A message as it is kept, whoever said it; a reply in the `place` that was kept for it. It is shown once.
export function show(message, place = null) {
  if (message.role === "customer") return customerSaid(message.text, message.created_at, message.id);
  const before = shown.get(message.id);
  if (before) {
    if (place && place !== before) place.remove();
    return before;
  }
  const item = place ?? add(message.role, ...head(message), element("div", "body"));
  shown.set(message.id, item);
  item.classList.remove("waiting", "failed");
  item.querySelector(".again")?.remove();
  item.lang = message.lang;
  const said = plain(body(item));
  // The service has cleaned this HTML; it is the same text, with its lists, tables and links.
  if (message.html === null) said.textContent = message.text;
  else said.innerHTML = message.html;
  // The conversation lives in this page: what a message links to opens beside it.
  for (const link of said.querySelectorAll("a")) opensBeside(link);
  sources(item, message.reply?.citations ?? []);
  if (message.reply?.abstained && !message.reply.ticket) offerPerson(item);
  date(item, message.created_at);
  item.removeAttribute("aria-busy");
  intoSight(item);
  return item;
}

function head(message) {
  if (message.role === "assistant") return [worded("automatic", "p", "automatic")];
  if (message.role === "notice") return [worded("notice", "p", "automatic")];
  const author = element("p", "author");
  const name = element("strong", "", message.author ?? "");
  author.append(...(message.author ? [name, " "] : []), worded("person", "span"));
  return [author];
}

function opensBeside(link) {
  link.target = "_blank";
  link.rel = "noopener";
}

function sources(item, citations) {
  if (citations.length === 0) return;
  const box = element("div", "sources");
  box.append(worded("sources", "strong"));
  const seen = new Set();
  for (const citation of citations) {
    if (seen.has(citation.url)) continue;
    seen.add(citation.url);
    const link = element("a", "", [citation.title, ...citation.heading].join(" › "));
    link.href = citation.url;
    link.title = citation.quote;
    opensBeside(link);
    box.append(link);
  }
  item.append(box);
}

function offerPerson(item) {
  const offer = element("p", "offer row");
  offer.append(button("talk_to_person", "plain", () => find("person").click()));
  item.append(offer);
}
