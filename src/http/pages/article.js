// Marks the blocks that were quoted and brings the first into view. Blocks carry their place as first-line:column-last-line:column.
"use strict";

const article = document.querySelector("article");
const first = Number(article.dataset.first);
const last = Number(article.dataset.last);
if (first > 0) {
  const cited = [];
  for (const block of article.querySelectorAll("[data-sourcepos]")) {
    const place = /^(\d+):\d+-(\d+):\d+$/.exec(block.dataset.sourcepos);
    if (!place || block.parentElement !== article) continue;
    if (Number(place[1]) <= last && Number(place[2]) >= first) cited.push(block);
  }
  for (const block of cited) block.classList.add("cited");
  cited[0]?.scrollIntoView({ block: "center" });
}
