// Says plainly what did not go, beside the field, and offers to try again.
import { Refused } from "./chat-api.js";
import { find, says } from "./chat-page.js";

const box = find("trouble");
const [text, again] = box.children;
let retry = null;

again.addEventListener("click", () => retry?.());

// With `act`, a button does it again. Without a word nothing is wrong any more.
export function trouble(word, act = null) {
  retry = act;
  again.hidden = act === null;
  box.hidden = word === null;
  if (word === null) text.textContent = "";
  else if (text.dataset.word !== word || text.textContent === "") says(text, word);
}

// What to say of an error where nothing is tried again by itself.
export function reason(error) {
  if (!(error instanceof Refused)) return "failed";
  return { 401: "resume_failed", 404: "not_offered", 405: "not_offered", 409: "not_offered", 413: "too_long" }[error.status] ?? "failed";
}

// Does what a button is for, once at a time.
export async function attempt(button, act) {
  if (button.disabled) return;
  const focused = document.activeElement === button;
  button.disabled = true;
  try {
    await act();
    trouble(null);
  } catch (error) {
    trouble(reason(error), error instanceof Refused && error.status < 500 ? null : () => attempt(button, act));
  } finally {
    button.disabled = false;
    // A button that is gone takes the focus with it: whoever goes by keyboard is then at the field.
    const lost = document.activeElement === document.body || document.activeElement === button;
    if (focused && lost) (button.offsetParent ? button : find("text")).focus({ preventScroll: true });
  }
}
