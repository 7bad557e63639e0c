// A mail address, for those who want to be told there too: named, then confirmed by the code that was sent to it. Where mail does not
// arrive, another is asked for. Whoever came by a mail's link cannot name one, and is offered none.
import { call, conversation, Refused, remember } from "./chat-api.js";
import { caseIsOpen, lookSoon, watch } from "./chat-case.js";
import { button, element, find, says, worded } from "./chat-page.js";
import { reason } from "./chat-trouble.js";

const box = find("mail");
// Where it stands beside a case.
const [beside, row] = [box.parentElement, box.nextElementSibling];
// What the service said last; what is drawn may have gone on from there.
let known = null;

watch((status) => {
  place();
  box.hidden = !wanted(status);
  // What is being typed is not taken away.
  if (name(status.mail) !== known) stands(status.mail);
});

// Beside the case, or below what was said where there is none.
function place() {
  const [room, next] = caseIsOpen() ? [beside, row] : [find("messages").parentElement, find("topics")];
  if (box.parentElement !== room) room.insertBefore(box, next);
}

// Without a case no mail is offered; but what went wrong can be mended, and what was begun can be ended.
function wanted({ mail, owner }) {
  const mayName = !conversation().byMail;
  if (mail === "undelivered") return owner !== "closed";
  if (mail === "unconfirmed") return owner !== "closed" && mayName;
  if (mail === "unknown") return caseIsOpen() && mayName;
  return mail === "confirmed" && caseIsOpen();
}

// One conversation's state is another one's no more than that of another way of coming.
function name(state) {
  const { id, byMail } = conversation();
  return [id, state, Boolean(byMail)].join(" ");
}

function stands(state) {
  known = name(state);
  draw(state);
}

function draw(state) {
  const lost = state === "undelivered";
  if (state === "confirmed") return box.replaceChildren(worded("mail_confirmed", "p"));
  if (conversation().byMail) return box.replaceChildren(...(lost ? [worded("mail_elsewhere", "p")] : []));
  if (state === "unconfirmed") return box.replaceChildren(sent());
  if (state === "unknown" || lost) return box.replaceChildren(asked(lost));
  box.replaceChildren();
}

function asked(open) {
  const details = Object.assign(element("details"), { open });
  const form = field("mail", "send", { name: "email", autocomplete: "email", inputMode: "email" }, async (address) => {
    await call("POST", "/email", { body: { address } });
    stands("unconfirmed");
    box.querySelector("input").focus();
    lookSoon();
  });
  details.append(worded("mail_offer", "summary"), form("wrong_address"));
  return details;
}

function sent() {
  const part = element("div");
  const form = field("mail_code", "confirm", { name: "code", autocomplete: "one-time-code", inputMode: "text" }, async (code) => {
    await call("POST", "/email/confirm", { body: { code } });
    stands("confirmed");
    lookSoon();
  });
  const other = button("other_address", "plain", () => {
    box.replaceChildren(asked(true));
    box.querySelector("input").focus();
  });
  part.append(worded("mail_sent", "p"), form("wrong_code"), other);
  return part;
}

// A form of one field. What `act` is refused with is said below it: `wrong` where the text is not what it should be.
function field(word, doing, attributes, act) {
  return (wrong) => {
    const form = element("form");
    const input = Object.assign(element("input"), { type: "text", required: true, ...attributes });
    const label = element("label");
    label.append(worded(word, "span"), input);
    const send = worded(doing, "button");
    const problem = element("p", "problem");
    problem.id = `mail-${attributes.name}-problem`;
    problem.setAttribute("role", "alert");
    input.setAttribute("aria-describedby", problem.id);
    form.append(label, send, problem);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (send.disabled) return;
      send.disabled = true;
      problem.textContent = "";
      try {
        await act(input.value.trim());
      } catch (error) {
        // A token that this browser has kept from a mail's link, without knowing it.
        if (error instanceof Refused && error.status === 401) {
          remember({ byMail: true });
          lookSoon();
        }
        says(problem, error instanceof Refused && error.status === 422 ? wrong : reason(error));
        input.setAttribute("aria-invalid", "true");
        input.focus();
      } finally {
        send.disabled = false;
      }
    });
    return form;
  };
}
