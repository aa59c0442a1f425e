/* Sends what waits whenever there may be a network again, and lets the service worker keep the pages. */

const { face, person, keptAt } = document.body.dataset;
const isAnswer = "answer" in document.body.dataset; // to a form: its address may be none that can be looked at
const { phoneSending: sending, phoneSigns: signs } = self;
const isOld = Boolean(keptAt || document.querySelector("[data-phone-kept]"));
const FIRST_HTML = `<!doctype html>\n${document.documentElement.outerHTML}`; // before anything is shown in it
const EVERY_MS = 30000;

/* Somebody types, or is asked: the page stays as it is. */
function isInUse() {
  if (document.querySelector("dialog[open], .scr form")) return true;
  const fields = [...document.querySelectorAll("main input, main textarea")];
  return fields.some((field) => field.offsetParent && field.value !== field.defaultValue);
}

let isBehind = false; // the shop knows more than this page shows
let isLeaving = false;

/* Shows what the shop carried out: at once, or when its person types no more. */
async function renew(sentences) {
  signs.sayNext(sentences);
  isBehind = isInUse();
  if (isBehind) {
    await signs.show();
    return;
  }
  isLeaving = true;
  location.reload();
}

async function send() {
  if (!person || navigator.onLine === false) return;
  const before = signs.state.waiting;
  if (!(await signs.count())) {
    if (before || (isBehind && !isInUse())) await renew([]); // the worker or another page has sent them
    return;
  }
  const { state, done } = await sending.send(face, person);
  signs.heard(state);
  const applied = done.filter((one) => one.said.outcome === "applied" && !one.press.takesBack);
  if (applied.length) await renew(applied.map((one) => one.said.said));
  else await signs.show();
}

/* The worker has sent something: it is said here, unless the page that comes next says it. */
async function heardOfWorker() {
  await send();
  if (!isLeaving && !isBehind) await signs.sayNow();
}

async function comeBack() {
  await send();
  if (!isOld || isInUse() || signs.state.waiting) return;
  const { state } = await sending.who(face, person);
  if (state === "here") location.reload();
}

/* What the phone's person may want to read and press without a network. */
function wantedPages() {
  const named = [...document.querySelectorAll("[data-keep]")].flatMap((one) => one.dataset.keep.split(" "));
  const own = isAnswer ? [] : [location.pathname + location.search];
  return [...own, ...named].filter((one, place, all) => all.indexOf(one) === place);
}

async function keepPages() {
  if (!person || !("serviceWorker" in navigator)) return;
  try {
    const worker = await navigator.serviceWorker.register(`${face}/worker.js`, { scope: face, updateViaCache: "none" });
    const ready = await navigator.serviceWorker.ready;
    const first = isAnswer || navigator.serviceWorker.controller ? null : { url: location.href, person, html: FIRST_HTML };
    if (!keptAt) ready.active.postMessage({ keep: wantedPages(), first });
    document.addEventListener("phone-kept", () => worker.sync && worker.sync.register("presses").catch(() => {}));
  } catch (refused) {
    return; // a browser that keeps no pages still keeps presses
  }
}

async function listKept() {
  const place = document.querySelector("[data-phone-kept]");
  if (!place || !("caches" in self)) return;
  const name = (await caches.keys()).find((one) => one.startsWith(`phone:${face}:pages:`));
  if (!name) return;
  const pages = await caches.open(name);
  const named = new Set();
  for (const request of (await pages.keys()).reverse()) {
    const text = await (await pages.match(request)).text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const [title] = page.title.split(" · ");
    if (named.has(title) || page.querySelector(".scr form")) continue;
    named.add(title);
    const link = place.querySelector("template").content.firstElementChild.cloneNode(true);
    link.href = request.url;
    link.textContent = title;
    place.append(link);
  }
}

document.addEventListener("phone-kept", send);
addEventListener("online", comeBack);
if ("serviceWorker" in navigator) navigator.serviceWorker.addEventListener("message", ({ data }) => data === "sent" && heardOfWorker());
addEventListener("offline", () => signs.show());
addEventListener("beforeinstallprompt", (event) => event.preventDefault()); // nobody is nagged to install
addEventListener("pageshow", (event) => event.persisted && signs.show().then(send));
document.addEventListener("visibilitychange", () => document.hidden || send());
setInterval(send, EVERY_MS);

signs.sayNow();
signs.show().then(send);
addEventListener("load", () => {
  keepPages();
  listKept();
});
