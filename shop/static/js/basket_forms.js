/* Putting something into the basket without leaving the page, and changing what lies in it. Without script the forms lead
   to the basket. Without a network nothing happens but a sentence, and the same press can be tried again. */

function say(text) {
  const region = document.querySelector("[data-live]");
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

function toast(text, bad, way) {
  document.querySelector(".toast-s")?.remove();
  const note = document.createElement("p");
  note.className = bad ? "toast-s toast-bad" : "toast-s";
  note.textContent = text;
  if (way) {
    const link = document.createElement("a");
    link.href = way.href;
    link.textContent = way.label;
    note.append(" ", link);
  }
  document.body.append(note);
  setTimeout(() => note.remove(), 6000);
}

function sayBad(text) {
  say(text);
  toast(text, true);
}

function sayUnreached() {
  sayBad(document.querySelector("[data-unreached]")?.dataset.unreached || "");
}

function send(form, button) {
  return fetch(form.action, {
    method: "POST",
    body: new FormData(form, button),
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
}

async function add(form, button) {
  const answer = await send(form, button);
  if (!answer.headers.get("Content-Type")?.includes("json")) return location.assign("/cart");
  const result = await answer.json();
  if (answer.ok) {
    document.dispatchEvent(new CustomEvent("basket:changed", { detail: { count: result.basket_count } }));
  }
  const text = answer.ok ? result.message || form.dataset.done : result.detail || result.title;
  say(text);
  toast(text, !answer.ok, answer.ok ? result.way : null);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-add-to-basket]");
  if (!form) return;
  const isOff = navigator.onLine === false;
  if (event.submitter?.name === "buy_now" && !isOff) return;
  event.preventDefault();
  if (isOff) return sayUnreached();
  event.submitter?.setAttribute("aria-busy", "true");
  add(form, event.submitter)
    .catch(sayUnreached)
    .finally(() => event.submitter?.removeAttribute("aria-busy"));
});

/* The shop shows the basket anew, with the reason where it refused: what is sent then once more says the same quantity.
   Who has changed it again meanwhile sends that, too. */
const sent = new WeakMap();

async function change(form, button) {
  const mine = {};
  sent.set(form, mine);
  try {
    const answer = await send(form, button);
    if (sent.get(form) !== mine) return;
    if (answer.ok) location.assign("/cart");
    else form.submit();
  } catch {
    if (sent.get(form) !== mine) return;
    form.reset();
    sayBad(form.dataset.changesBasket);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-changes-basket]");
  if (!form) return;
  event.preventDefault();
  change(form, event.submitter);
});

document.addEventListener("submit", (event) => {
  const words = event.target.dataset.needsNetwork;
  if (!words || navigator.onLine !== false) return;
  event.preventDefault();
  sayBad(words);
});
