// Tables that sort by a click on a heading, and everything open on paper. The page reads well without it.
"use strict";

for (const table of document.querySelectorAll("table[data-sortable]")) {
  table.querySelectorAll("thead th").forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(table, heading, column));
  });
}

function sortBy(table, heading, column) {
  const numeric = heading.classList.contains("number");
  const falling = numeric ? "descending" : "ascending";
  const order = heading.getAttribute("aria-sort") === falling ? (numeric ? "ascending" : "descending") : falling;
  table.querySelectorAll("thead th").forEach((each) => each.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const body = table.tBodies[0];
  const compare = (one, other) => {
    const [a, b] = [one.cells[column], other.cells[column]];
    if (!numeric) return sign * a.textContent.localeCompare(b.textContent);
    const missing = [a, b].map((cell) => cell.dataset.value === undefined);
    if (missing[0] || missing[1]) return missing[0] - missing[1]; // unknown values stay last
    return sign * (Number(a.dataset.value) - Number(b.dataset.value));
  };
  body.append(...[...body.rows].sort(compare));
}

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of closed) each.open = false;
});
