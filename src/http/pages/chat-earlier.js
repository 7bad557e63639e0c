// Conversations that this browser had before the one it shows, so that beginning another loses none.
import { watch } from "./chat-case.js";
import { remember } from "./chat-api.js";
import { element, find, store, stored, worded, written } from "./chat-page.js";

const KEPT = "madoguchi.earlier";
const MOST = 20;

const menu = find("earlier");

// By its reference a case is found again.
watch((status) => {
  if (status.reference) remember({ reference: status.reference });
});

function all() {
  const kept = stored(KEPT);
  return Array.isArray(kept) ? kept : [];
}

// Keeps what opens a conversation; its topics are of no use any more.
export function keepEarlier({ topics, ...kept }) {
  const others = all().filter((other) => other.id !== kept.id);
  store(KEPT, [kept, ...others].slice(0, MOST));
}

export function earlier(id) {
  return all().find((kept) => kept.id === id) ?? null;
}

export function forgetEarlier(id) {
  store(KEPT, all().filter((kept) => kept.id !== id));
}

// Lists them in the menu; `take` is called with the one that is chosen.
export function showEarlier(take) {
  const list = all().map((kept) => {
    const text = [kept.at && written(kept.at, "message"), kept.reference].filter(Boolean).join(" · ");
    const choose = element("button", "", text || kept.id.slice(0, 8));
    choose.type = "button";
    choose.addEventListener("click", () => take(kept));
    return choose;
  });
  menu.replaceChildren(...(list.length > 0 ? [worded("earlier", "h2"), ...list] : []));
}
