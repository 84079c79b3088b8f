// What Django's administration lacks.
"use strict";

// A form is sent once, also when its button is clicked twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "sent";
  setTimeout(() => delete form.dataset.sent, 5000); // should no answer come
});

// Fields in tables are called as their column; dates, times and fields with a search as
// the words before them.
function nameFields() {
  const search = document.querySelector("#searchbar");
  if (search) search.ariaLabel = search.labels[0].querySelector("img").alt;
  for (const field of document.querySelectorAll(".datetime input")) {
    field.ariaLabel = field.previousSibling?.textContent.trim();
  }
  for (const link of document.querySelectorAll("#changelist-filter a")) {
    if (!link.textContent.trim()) link.textContent = "–";
  }
  for (const head of document.querySelectorAll(".tabular th:empty")) {
    const number = document.createElement("span");
    number.className = "visually-hidden";
    number.textContent = "#";
    head.append(number);
  }
  for (const cell of document.querySelectorAll(".tabular tbody td")) {
    const name = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
    for (const field of cell.querySelectorAll("input, select, textarea")) {
      field.ariaLabel = name?.textContent.trim();
    }
  }
  for (const box of document.querySelectorAll(".select2-selection[role=combobox]")) {
    const field = box.closest(".select2").previousElementSibling;
    const name = field?.labels?.[0]?.textContent.trim() || field?.ariaLabel;
    for (const part of [box, ...box.querySelectorAll("[role=textbox]")]) {
      part.removeAttribute("aria-labelledby");
      part.ariaLabel = name;
    }
  }
}

// Django's scripts make fields once the page is ready, and whenever a row is added.
document.addEventListener("DOMContentLoaded", () => {
  nameFields();
  const made = new MutationObserver(nameFields);
  made.observe(document.body, { childList: true, subtree: true });
});
