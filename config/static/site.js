// A formula or table that is too wide scrolls by itself, not the page, and by
// keyboard too.
"use strict";

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const isWide = target.scrollWidth > target.clientWidth;
    target.classList.toggle("scrolls", isWide);
    if (isWide) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

document.querySelectorAll("math, .prose table").forEach((each) => {
  sizes.observe(each.closest("table, p, ul, ol, h1, h2, h3, div, main"));
});
