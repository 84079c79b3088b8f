// A button beside each text that is there to be copied. The page works without it.
"use strict";

for (const list of document.querySelectorAll("[data-copy]")) {
  const { copy, copied } = list.dataset;
  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  list.after(said);
  for (const text of list.querySelectorAll("dd")) {
    const term = text.previousElementSibling;
    const name = term.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = copy;
    button.setAttribute("aria-label", `${copy}: ${name}`);
    button.addEventListener("click", async () => {
      if (!(await put(text))) return;
      button.textContent = copied;
      said.textContent = `${copied}: ${name}`;
      setTimeout(() => (button.textContent = copy), 2000);
    });
    term.append(button);
  }
}

// Let text be pasted, with its italics unless it is code; where a browser forbids that
// it is selected instead. Returns whether it can be pasted.
async function put(text) {
  const kinds = { "text/plain": text.innerText.trim() };
  if (!text.querySelector("pre")) kinds["text/html"] = text.innerHTML.trim();
  const blobs = Object.entries(kinds).map(([type, words]) => [
    type,
    new Blob([words], { type }),
  ]);
  try {
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return true;
  } catch {
    getSelection().selectAllChildren(text);
    return false;
  }
}
