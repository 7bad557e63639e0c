// A plain page to chat with the service. It streams by fetch, so that the token stands in a header and never in an address.
"use strict";

const words = {
  ja: { send: "送信", hint: "ご質問をどうぞ", sources: "出典", thinking: "お調べしています…", lost: "通信が切れました。つなぎ直しています…", failed: "送れませんでした。もう一度お試しください。", topics: "よくあるご用件", automatic: "自動応答" },
  en: { send: "Send", hint: "Your question", sources: "Sources", thinking: "Looking it up…", lost: "The connection was cut; reconnecting…", failed: "This could not be sent. Please try again.", topics: "What people often ask about", automatic: "Automatic reply" },
  zh: { send: "发送", hint: "请输入您的问题", sources: "出处", thinking: "正在查询…", lost: "连接已断开，正在重新连接…", failed: "发送失败，请重试。", topics: "常见问题", automatic: "自动回复" },
  ko: { send: "보내기", hint: "질문을 입력하세요", sources: "출처", thinking: "찾아보고 있습니다…", lost: "연결이 끊겨 다시 연결하고 있습니다…", failed: "보내지 못했습니다. 다시 시도해 주세요.", topics: "자주 묻는 주제", automatic: "자동 응답" },
  de: { send: "Senden", hint: "Ihre Frage", sources: "Quellen", thinking: "Ich sehe nach…", lost: "Die Verbindung wurde unterbrochen und wird wiederhergestellt…", failed: "Das konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.", topics: "Häufige Anliegen", automatic: "Automatische Antwort" },
  fr: { send: "Envoyer", hint: "Votre question", sources: "Sources", thinking: "Recherche en cours…", lost: "La connexion a été coupée\u00a0; reconnexion…", failed: "L’envoi a échoué. Veuillez réessayer.", topics: "Demandes fréquentes", automatic: "Réponse automatique" },
  es: { send: "Enviar", hint: "Su pregunta", sources: "Fuentes", thinking: "Consultando…", lost: "Se ha perdido la conexión; reconectando…", failed: "No se ha podido enviar. Inténtelo de nuevo.", topics: "Consultas frecuentes", automatic: "Respuesta automática" },
  pt: { send: "Enviar", hint: "Sua pergunta", sources: "Fontes", thinking: "Procurando…", lost: "A conexão caiu; reconectando…", failed: "Não foi possível enviar. Tente novamente.", topics: "Assuntos mais procurados", automatic: "Resposta automática" },
  it: { send: "Invia", hint: "La Sua domanda", sources: "Fonti", thinking: "Sto cercando…", lost: "La connessione si è interrotta; nuovo tentativo in corso…", failed: "L’invio non è riuscito. La preghiamo di riprovare.", topics: "Richieste frequenti", automatic: "Risposta automatica" },
  vi: { send: "Gửi", hint: "Câu hỏi của quý khách", sources: "Nguồn", thinking: "Đang tra cứu…", lost: "Kết nối bị gián đoạn; đang kết nối lại…", failed: "Không gửi được. Quý khách vui lòng thử lại.", topics: "Các chủ đề thường gặp", automatic: "Trả lời tự động" },
  th: { send: "ส่ง", hint: "พิมพ์คำถามของคุณ", sources: "แหล่งที่มา", thinking: "กำลังค้นหา…", lost: "การเชื่อมต่อขาดหาย กำลังเชื่อมต่อใหม่…", failed: "ส่งไม่สำเร็จ โปรดลองอีกครั้ง", topics: "เรื่องที่สอบถามบ่อย", automatic: "ข้อความตอบกลับอัตโนมัติ" },
  id: { send: "Kirim", hint: "Pertanyaan Anda", sources: "Sumber", thinking: "Sedang mencari…", lost: "Koneksi terputus; menyambungkan kembali…", failed: "Tidak dapat dikirim. Silakan coba lagi.", topics: "Hal yang sering ditanyakan", automatic: "Balasan otomatis" },
};

const messages = document.getElementById("messages");
const topics = document.getElementById("topics");
const form = document.getElementById("form");
const field = document.getElementById("text");
const send = document.getElementById("send");
const locale = document.getElementById("locale");

let conversation = null;

function t(name) {
  return (words[locale.value] ?? words.en)[name];
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function bubble(role, text) {
  const item = element("li", role);
  if (role === "assistant") item.append(automatic());
  const body = element("div", "body", text);
  item.append(body);
  messages.append(item);
  item.scrollIntoView({ block: "nearest" });
  return { item, body };
}

// Says that no person wrote this; a part of the message, so that a screen reader says it too.
function automatic() {
  const label = element("p", "automatic", t("automatic"));
  // The reply may be in another language than the page.
  label.lang = locale.value;
  return label;
}

async function open() {
  messages.replaceChildren();
  topics.replaceChildren();
  document.documentElement.lang = locale.value;
  send.textContent = t("send");
  field.placeholder = t("hint");
  field.setAttribute("aria-label", t("hint"));
  topics.setAttribute("aria-label", t("topics"));
  const response = await fetch("/v1/conversations", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ locale: locale.value }),
  });
  if (!response.ok) throw new Error(String(response.status));
  conversation = await response.json();
  bubble("assistant", conversation.greeting);
  showTopics();
}

function showTopics() {
  if (conversation.topics.length === 0) return;
  topics.append(element("h2", "", t("topics")));
  for (const topic of conversation.topics) {
    const details = element("details");
    details.append(element("summary", "", topic.label));
    for (const article of topic.articles) {
      const button = element("button", "", article.title);
      button.type = "button";
      button.addEventListener("click", () => ask(article.title));
      details.append(button);
    }
    topics.append(details);
  }
}

// Reads server-sent events from a response; calls `on` with each one's id, name and data.
async function events(response, on) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    for (;;) {
      const end = buffer.indexOf("\n\n");
      if (end < 0) break;
      const event = { id: null, name: "message", data: "" };
      for (const line of buffer.slice(0, end).split("\n")) {
        if (line.startsWith("id:")) event.id = line.slice(3).trim();
        if (line.startsWith("event:")) event.name = line.slice(6).trim();
        if (line.startsWith("data:")) event.data += line.slice(5).trim();
      }
      buffer = buffer.slice(end + 2);
      if (event.data) on(event.id, event.name, JSON.parse(event.data));
    }
  }
}

async function ask(text) {
  if (!conversation) return;
  bubble("customer", text);
  const reply = bubble("assistant", t("thinking"));
  reply.item.classList.add("waiting");
  send.disabled = true;
  const key = crypto.randomUUID();
  const state = { text: "", done: false };
  // The same message under the same key, however often the line breaks: it is answered once, from the beginning.
  for (let attempt = 0; attempt < 5 && !state.done; attempt++) {
    if (attempt > 0) {
      reply.body.textContent = t("lost");
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
    state.text = "";
    try {
      const response = await fetch(`/v1/conversations/${conversation.id}/messages`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "text/event-stream",
          authorization: `Bearer ${conversation.token}`,
          "idempotency-key": key,
        },
        body: JSON.stringify({ text }),
      });
      if (!response.ok) {
        const problem = await response.json().catch(() => ({ detail: t("failed") }));
        fail(reply, problem.detail);
        break;
      }
      await events(response, (id, name, data) => show(reply, state, name, data));
    } catch {
      // The line broke: once more.
    }
  }
  if (!state.done && !reply.item.classList.contains("failed")) fail(reply, t("failed"));
  send.disabled = false;
  field.focus();
}

function show(reply, state, name, data) {
  if (name === "delta") {
    state.text += data.text;
    reply.item.classList.remove("waiting");
    reply.body.textContent = state.text;
  } else if (name === "message") {
    state.done = true;
    reply.item.classList.remove("waiting");
    // The service has cleaned this HTML; it is the same text, with its lists, tables and links.
    reply.body.innerHTML = data.html;
    // The conversation lives in this page: what a reply links to opens beside it.
    for (const link of reply.body.querySelectorAll("a")) link.target = "_blank";
    reply.item.lang = data.lang;
    sources(reply.item, data.reply.citations);
  } else if (name === "error") {
    state.done = true;
    fail(reply, data.detail);
  }
  reply.item.scrollIntoView({ block: "nearest" });
}

function fail(reply, text) {
  reply.item.classList.remove("waiting");
  reply.item.classList.add("failed");
  reply.body.textContent = text;
}

function sources(item, citations) {
  if (citations.length === 0) return;
  const box = element("div", "sources");
  box.append(element("strong", "", t("sources")));
  const seen = new Set();
  for (const citation of citations) {
    if (seen.has(citation.url)) continue;
    seen.add(citation.url);
    const link = element("a", "", [citation.title, ...citation.heading].join(" › "));
    link.href = citation.url;
    link.target = "_blank";
    link.rel = "noopener";
    link.title = citation.quote;
    box.append(link);
  }
  item.append(box);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text || send.disabled) return;
  field.value = "";
  ask(text);
});

field.addEventListener("keydown", (event) => {
  // Enter also ends the conversion of kana; that one must not send.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    form.requestSubmit();
  }
});

function start() {
  open().catch(() => bubble("assistant", t("failed")).item.classList.add("failed"));
}

const preferred = (navigator.language || "ja").split("-")[0];
locale.value = words[preferred] ? preferred : "en";
locale.addEventListener("change", start);
start();
