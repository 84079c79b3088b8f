// Handing in says before sending what would be refused, shows how much has arrived,
// and sends once. Without it the form is sent as any other.
"use strict";

function start() {
  const form = document.querySelector(".hand-in");
  const button = form?.querySelector("button");
  if (!button) return;
  const words = form.dataset;
  const bar = form.querySelector("progress");
  const said = form.querySelector(".sending");

  function say(text, link) {
    said.replaceChildren(text, ...(link ? [" ", link] : []));
    said.hidden = !text;
  }

  function stop(text, link) {
    say(text, link);
    bar.hidden = true;
    button.disabled = false;
  }

  function complaint(input) {
    const [file] = input.files;
    if (!file) return "";
    const endings = input.accept.split(",").filter(Boolean);
    const { megabytes } = input.dataset;
    const told = (text) => text.replace("%name", file.name)
      .replace("%size", (file.size / 1e6).toFixed(1)).replace("%limit", megabytes)
      .replace("%endings", endings.join(" "));
    if (file.size > megabytes * 1e6) return told(words.tooLarge);
    const name = file.name.toLowerCase();
    const isTaken = !endings.length || endings.some((ending) => name.endsWith(ending));
    return isTaken ? "" : told(words.ending);
  }

  function check(input) {
    const errors = document.getElementById(`${input.id}-error`);
    const text = complaint(input);
    errors.firstElementChild.textContent = text;
    errors.hidden = !text;
    input.setAttribute("aria-invalid", Boolean(text));
    return !text;
  }

  // A page asked anew tells whether the log-in has ended, and knows its own token.
  async function token() {
    const answer = await fetch(form.action, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  }

  function send() {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => { bar.value = event.loaded / event.total; };
    request.upload.onload = () => say(words.arrived);
    request.onerror = () => stop(words.broken);
    request.onload = () => {
      if (request.status < 300) {
        window.location.assign(request.responseURL);
        return;
      }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.querySelector("main .message")?.scrollIntoView();
      start();
    };
    bar.value = 0;
    bar.hidden = false;
    say("");
    request.open("POST", form.action);
    request.send(new FormData(form));
  }

  form.querySelectorAll("[type=file]").forEach((input) => {
    input.addEventListener("change", () => check(input));
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = [...form.querySelectorAll("[type=file]")].filter((each) => !check(each));
    if (wrong.length) {
      wrong[0].focus();
      return;
    }
    button.disabled = true;
    try {
      const fresh = await token();
      if (fresh) {
        form.elements.csrfmiddlewaretoken.value = fresh;
        send();
        return;
      }
      const link = document.createElement("a");
      link.href = words.logIn;
      link.target = "_blank";
      link.textContent = words.logInWords;
      stop(words.loggedOut, link);
    } catch {
      stop(words.broken);
    }
  });
}

start();
