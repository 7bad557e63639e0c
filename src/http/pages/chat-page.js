// What every part of the page needs: its words, elements, times, and a question before something that cannot be undone.
import { words } from "./words.js";

export const locale = document.getElementById("locale");

const LANGUAGE = "madoguchi.language";
const said = document.getElementById("said");
const dialog = document.getElementById("ask");
const [question, yes, no] = ["ask-text", "ask-yes", "ask-no"].map((id) => document.getElementById(id));

export function find(id) {
  return document.getElementById(id);
}

// A text of the page, in the language it is in now.
export function t(name) {
  return (words[locale.value] ?? words.en)[name];
}

// The language the page begins in: the one chosen before, or the browser's own. Whether it was chosen.
export function beginLanguage() {
  const chosen = stored(LANGUAGE);
  const wished = [chosen, ...(navigator.languages ?? [navigator.language])].map((tag) => String(tag).split("-")[0]);
  locale.value = wished.find(speaks) ?? "en";
  return speaks(chosen);
}

export function keepLanguage() {
  store(LANGUAGE, locale.value);
}

export function speaks(tag) {
  return Object.hasOwn(words, tag ?? "");
}

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// An element that says one of the page's texts, and goes on saying it when the language changes.
export function worded(word, tag, className) {
  const made = element(tag, className);
  says(made, word);
  return made;
}

// Has an element say one of the page's texts.
export function says(element, word) {
  element.dataset.word = word;
  put(element);
}

export function button(word, className, act) {
  const made = worded(word, "button", className);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function put(element) {
  element.textContent = t(element.dataset.word);
  // What is around it may be in another language than the page.
  element.lang = locale.value;
}

// Says everything again in the page's language.
export function reword() {
  document.documentElement.lang = locale.value;
  for (const element of document.querySelectorAll("[data-word]")) put(element);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of document.querySelectorAll("time[datetime]")) element.textContent = written(element.dateTime, element.dataset.form);
}

const FORMS = {
  // A promise is read by its weekday, and by whose time it is.
  promise: { weekday: "short", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" },
  message: { month: "numeric", day: "numeric", hour: "numeric", minute: "2-digit" },
};

// A time as the page's language writes it, where the customer is.
export function written(time, form = "promise") {
  return new Intl.DateTimeFormat(locale.value, FORMS[form] ?? FORMS.promise).format(new Date(time));
}

export function setTime(element, time, form = "promise") {
  element.dateTime = time;
  element.dataset.form = form;
  element.textContent = written(time, form);
}

// Says something to those who hear the page, and shows nothing.
export function announce(text) {
  if (said.textContent !== text) said.textContent = text;
}

// Asks before something that cannot be undone. Whether the customer wants it.
export function confirmed(ask, act, grave = false) {
  question.textContent = t(ask);
  yes.textContent = t(act);
  yes.classList.toggle("grave", grave);
  dialog.showModal();
  // Enter must not do what cannot be undone.
  no.focus();
  return new Promise((resolve) => {
    const done = new AbortController();
    const end = (wanted) => {
      done.abort();
      dialog.close();
      resolve(wanted);
    };
    const { signal } = done;
    yes.addEventListener("click", () => end(true), { signal });
    no.addEventListener("click", () => end(false), { signal });
    dialog.addEventListener("cancel", () => end(false), { signal });
  });
}

export function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Nothing may be kept in this browser: a reload then begins anew.
  }
}

export function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}
