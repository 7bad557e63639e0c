// A mail address, for those who want to be told there too: named, then confirmed by the code that was sent to it.
import { call, Refused } from "./chat-api.js";
import { lookSoon, watch } from "./chat-case.js";
import { button, element, find, says, worded } from "./chat-page.js";
import { reason } from "./chat-trouble.js";

const box = find("mail");
let drawn = null;

watch((status) => {
  // What is being typed is not taken away.
  if (status.mail === drawn) return;
  draw(status.mail);
});

function draw(state) {
  drawn = state;
  box.hidden = !["unknown", "unconfirmed", "confirmed"].includes(state);
  if (state === "unknown") return box.replaceChildren(asked());
  if (state === "unconfirmed") return box.replaceChildren(sent());
  if (state === "confirmed") return box.replaceChildren(worded("mail_confirmed", "p"));
  box.replaceChildren();
}

function asked() {
  const details = element("details");
  const form = field("mail", "send", { name: "email", autocomplete: "email", inputMode: "email" }, async (address) => {
    await call("POST", "/email", { body: { address } });
    draw("unconfirmed");
    box.querySelector("input").focus();
  });
  details.append(worded("mail_offer", "summary"), form("wrong_address"));
  return details;
}

function sent() {
  const part = element("div");
  const form = field("mail_code", "confirm", { name: "code", autocomplete: "one-time-code", inputMode: "text" }, async (code) => {
    await call("POST", "/email/confirm", { body: { code } });
    draw("confirmed");
    lookSoon();
  });
  const other = button("other_address", "plain", () => {
    draw("unknown");
    box.querySelector("details").open = true;
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
