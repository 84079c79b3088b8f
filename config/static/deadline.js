// Deadlines count down by the server's clock, and also tell the reader's own time.
"use strict";

const language = document.documentElement.lang;
const started = performance.now();

const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

function inWords(seconds) {
  const amounts = units.map(([unit, size]) => {
    const amount = Math.floor(seconds / size);
    seconds -= amount * size;
    return [unit, amount];
  });
  const first = amounts.findIndex(([, amount]) => amount > 0);
  return amounts
    .slice(first, first + 2)
    .filter(([, amount]) => amount > 0)
    .map(([unit, amount]) => {
      const options = { style: "unit", unit, unitDisplay: "long" };
      return new Intl.NumberFormat(language, options).format(amount);
    })
    .join(" ");
}

function count() {
  document.querySelectorAll(".countdown").forEach((each) => {
    const elapsed = performance.now() - started;
    const now = Date.parse(each.dataset.now) + elapsed;
    const seconds = (Date.parse(each.dataset.until) - now) / 1000;
    if (seconds >= 60) each.querySelector("b").textContent = inWords(seconds);
    else if (seconds <= 0) each.hidden = true;
  });
}

const dayFirst = language === "en" ? "en-GB" : language; // as the page prints dates
const form = { weekday: "short", day: "numeric", month: "short", hour: "2-digit",
  minute: "2-digit", hourCycle: "h23" };

document.querySelectorAll("[data-zone] time[data-yours]").forEach((time) => {
  const instant = new Date(time.dateTime);
  const zone = time.closest("[data-zone]").dataset.zone;
  const yours = instant.toLocaleString(dayFirst, form).replaceAll(",", "");
  const its = instant.toLocaleString(dayFirst, { ...form, timeZone: zone });
  if (yours === its.replaceAll(",", "")) return;
  const said = document.createElement("span");
  said.className = "yours";
  said.textContent = `; ${time.dataset.yours}: ${yours}`;
  const zoned = time.nextSibling; // "(Hong Kong time)"
  zoned.splitText(zoned.data.indexOf(")"));
  zoned.after(said);
});

count();
setInterval(count, 1000);
