// In the form of a session: "belongs to" offers the talks of the form as they
// are now, by their titles. Without it the rows are offered by their numbers.
"use strict";

(() => {
  const chosen = new WeakMap(); // select -> the row of the talk it names

  const rows = () => [...document.querySelectorAll("#talks-group .inline-related:not(.empty-form)")];

  const selects = () => document.querySelectorAll("select[name$='-belongs_to']");

  function valueOf(row) {
    const pk = row.querySelector("input[name$='-id']")?.value;
    return pk ? `talk-${pk}` : `new-${row.id.replace("talks-", "")}`;
  }

  function labelOf(row, index) {
    const field = (name) => row.querySelector(`[name$='-${name}']`)?.value.trim();
    return `#${index + 1} ${field("title") || field("speakers_line") || ""}`.trim();
  }

  function remember(select) {
    chosen.set(select, rows().find((row) => valueOf(row) === select.value));
  }

  function refresh() {
    const talks = rows();
    for (const select of selects()) {
      const row = chosen.get(select);
      const first = select.options[0];
      select.replaceChildren(first, ...talks.map((talk, index) => new Option(labelOf(talk, index), valueOf(talk))));
      select.value = row && talks.includes(row) ? valueOf(row) : "";
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    selects().forEach(remember);
    refresh();
    document.addEventListener("change", (event) => {
      if (event.target.matches("select[name$='-belongs_to']")) remember(event.target);
    });
    document.addEventListener("input", (event) => {
      if (event.target.closest("#talks-group")) refresh();
    });
    document.addEventListener("formset:added", refresh);
    // Rows are numbered anew only after this event.
    document.addEventListener("formset:removed", () => setTimeout(refresh));
  });
})();
