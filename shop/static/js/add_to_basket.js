/* Putting something into the basket without leaving the page. Without script the form leads to the basket. */

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

function sayUnreached() {
  const text = document.querySelector("[data-unreached]")?.dataset.unreached || "";
  say(text);
  toast(text, true);
}

async function add(form, button) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form, button),
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
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
