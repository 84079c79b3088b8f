// A form is sent once, also when its button is clicked twice.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "sent";
  setTimeout(() => delete form.dataset.sent, 5000); // should no answer come
});
