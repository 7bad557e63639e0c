// After the end: was the problem solved, and how was it? Whoever is not helped goes on from here.
import { answer, conversation, remember } from "./chat-api.js";
import { change, watch } from "./chat-case.js";
import { announce, button, element, find, t, worded } from "./chat-page.js";
import { attempt } from "./chat-trouble.js";

const box = find("end");

watch((status) => {
  const ended = status.owner === "closed";
  if (ended === !box.hidden) return;
  box.hidden = !ended;
  // Asked again after another end: it may have gone otherwise.
  if (!ended) return remember({ rated: null });
  draw();
  if (!conversation().rated) announce(`${t("ended")}. ${t("solved")}`);
  box.scrollIntoView({ block: "nearest" });
});

function draw() {
  const { rated } = conversation();
  const title = worded("ended", "h2");
  title.id = "end-title";
  box.replaceChildren(title, rated ? thanks() : questions(), ways(rated?.solved === false));
}

function thanks() {
  const said = worded("thanks", "p", "thanks");
  said.setAttribute("role", "status");
  return said;
}

// How to go on; first of all for those whose problem is not solved.
function ways(unsolved) {
  const part = element("div", "ways");
  const ask = worded("go_on", "p");
  ask.hidden = !unsolved;
  const reopen = button("reopen", "plain", () => attempt(reopen, () => change("POST", "/reopen")));
  reopen.id = "reopen";
  const person = button("talk_to_person", "plain", () => attempt(person, () => change("POST", "/handoff")));
  const anew = button("new_chat", "plain", () => find("new-chat").click());
  const row = element("p", "row");
  row.append(reopen, person, anew);
  part.append(ask, row);
  return part;
}

function questions() {
  const form = element("form");
  form.id = "rate";
  const comment = Object.assign(element("textarea"), { name: "comment", rows: 2, maxLength: 4000 });
  const label = element("label");
  label.append(worded("comment", "span"), comment);
  const send = worded("send", "button");
  form.append(solved(), scores(), label, send);
  form.addEventListener("change", () => {
    box.querySelector(".ways > p").hidden = said(form).solved !== false;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(send, async () => {
      const rated = said(form);
      if (Object.values(rated).every((part) => part === null)) return form.querySelector("input").focus();
      await answer("POST", "/feedback", { body: rated });
      remember({ rated });
      draw();
      // The button that had the focus is gone.
      const title = find("end-title");
      title.tabIndex = -1;
      title.focus();
    });
  });
  return form;
}

// What the form says; what was left open is null.
function said(form) {
  const chosen = new FormData(form);
  const [solved, score, comment] = ["solved", "score", "comment"].map((name) => chosen.get(name) || null);
  return { solved: solved && solved === "yes", score: score && Number(score), comment: comment?.trim() || null };
}

function solved() {
  const choices = ["yes", "no"].map((value) => choice("solved", value, worded(value, "span")));
  return group("solved", choices);
}

function scores() {
  const choices = [1, 2, 3, 4, 5].map((score) => choice("score", score, element("span", "", String(score))));
  return group("score", [worded("score_low", "small"), ...choices, worded("score_high", "small")]);
}

function choice(name, value, text) {
  const label = element("label", "choice");
  const input = Object.assign(element("input"), { type: "radio", name, value });
  label.append(input, text);
  return label;
}

function group(word, parts) {
  const set = element("fieldset");
  set.append(worded(word, "legend"), ...parts);
  return set;
}
