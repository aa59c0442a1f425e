/* Keeps the pages of one face for its person, and its style, script and icons; shows them where there is no network.
   FACE stands before this script: root, home, offline, version, shell, and how much is kept. Nothing is kept but pages that the shop gives
   out for keeping, each for the person it names, and files that never change. */

const PATIENCE_MS = 3000;
const SHELL = `phone:${FACE.root}:shell:${FACE.version}`;
const PAGES = `phone:${FACE.root}:pages:`;
let era = 0; // who signs out begins a new one: what is still on its way then is kept for nobody

const isOwn = (path) => path === FACE.root || path.startsWith(`${FACE.root}/`);
const pathOf = (url) => new URL(url, location.origin).pathname;

async function pagesName() {
  return (await caches.keys()).find((name) => name.startsWith(PAGES));
}

async function forgetPages(but) {
  if (!but) era += 1;
  for (const name of await caches.keys()) if (name.startsWith(PAGES) && name !== but) await caches.delete(name);
}

/* Pages of another person go as soon as the shop answers to this one. */
async function keep(request, answer, since) {
  const person = answer.headers.get("X-Keep-For");
  if (answer.status !== 200 || answer.redirected || !person) return;
  await put(request.url, person, await answer.blob(), answer.headers, since);
}

async function put(url, person, body, headersOf, since) {
  const name = PAGES + person;
  await forgetPages(name);
  const headers = new Headers(headersOf);
  headers.set("X-Kept-At", String(Date.now()));
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  if (since !== era) return;
  const pages = await caches.open(name);
  await pages.put(url, new Response(body, { status: 200, headers }));
  const known = await pages.keys();
  for (const old of known.slice(0, Math.max(0, known.length - FACE.pages))) await pages.delete(old);
}

async function kept(url) {
  const name = await pagesName();
  return name && (await caches.open(name)).match(url, { ignoreVary: true });
}

/* With the moment at which it was seen, and whose it is. */
async function asKept(answer) {
  const at = new Date(Number(answer.headers.get("X-Kept-At"))).toISOString();
  const page = (await answer.text()).replace("<body ", `<body data-kept-at="${at}" `);
  return new Response(page, { headers: answer.headers });
}

/* An address that brings back what was typed leads to the form without it: better than no form. */
async function emptyForm(url) {
  const bare = url.includes("?") && (await kept(url.split("?")[0]));
  return bare && (await bare.clone().text()).includes('class="scr"') ? asKept(bare) : null;
}

async function offlinePage() {
  const answer = await caches.match(FACE.offline, { ignoreVary: true });
  if (!answer) return Response.error();
  const name = (await pagesName()) || "";
  const page = (await answer.text()).replace("<body ", `<body data-person="${name.slice(PAGES.length)}" `);
  return new Response(page, { headers: answer.headers });
}

function late() {
  return new Promise((resolve, reject) => setTimeout(() => reject(new Error("late")), PATIENCE_MS));
}

async function page(event) {
  const { request } = event;
  const isElsewhere = pathOf(request.url) === FACE.root && FACE.home !== FACE.root;
  if (isElsewhere && navigator.onLine === false) return Response.redirect(FACE.home, 302);
  const since = era;
  const found = await kept(request.url);
  const network = fetch(request).then((answer) => {
    const copy = answer.clone();
    event.waitUntil(keep(request, copy, since).catch(() => {}));
    return answer;
  });
  event.waitUntil(network.then(() => {}, () => {}));
  try {
    const answer = await (found ? Promise.race([network, late()]) : network);
    if (!found || answer.status < 502) return answer;
  } catch (nothing) {
    if (!found && isElsewhere) return Response.redirect(FACE.home, 302);
  }
  return found ? asKept(found) : (await emptyForm(request.url)) || offlinePage();
}

async function file(request) {
  const found = await caches.match(request.url, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  if (answer.status === 200) await (await caches.open(SHELL)).put(request.url, answer.clone());
  return answer;
}

/* Files of an older version stay for as long as a kept page needs them. */
async function takeOver() {
  const name = await pagesName();
  const pages = name ? await caches.open(name) : null;
  let texts = "";
  for (const request of pages ? await pages.keys() : []) texts += await (await pages.match(request)).text();
  const shell = await caches.open(SHELL);
  for (const old of await caches.keys()) {
    if (!old.startsWith(`phone:${FACE.root}:shell:`) || old === SHELL) continue;
    const before = await caches.open(old);
    for (const request of await before.keys()) {
      if (texts.includes(pathOf(request.url))) await shell.put(request, await before.match(request));
    }
    await caches.delete(old);
  }
}

async function isFresh(url) {
  const found = await kept(url);
  return Boolean(found) && Date.now() - Number(found.headers.get("X-Kept-At")) < FACE.fresh_s * 1000;
}

/* Pages that its person may want later, and those that these name in turn. */
async function keepAhead(paths) {
  const waiting = [...paths];
  const since = era;
  let fetched = 0;
  for (let place = 0; place < waiting.length && fetched < FACE.ahead && since === era; place += 1) {
    const request = new Request(new URL(waiting[place], location.origin).href, { credentials: "same-origin" });
    if (!isOwn(pathOf(request.url)) || (await isFresh(request.url))) continue;
    const answer = await fetch(request);
    const text = await answer.clone().text();
    await keep(request, answer, since);
    if (place > 0) fetched += 1; // the first is the page that is looked at
    for (const [, named] of text.matchAll(/data-keep="([^"]+)"/g)) {
      waiting.push(...named.split(" ").filter((one) => !waiting.includes(one)));
    }
  }
}

/* The page that was there before the worker is handed over as it stands, and need not come twice. */
async function takeFirst({ url, person, html }) {
  const offline = await caches.match(FACE.offline, { ignoreVary: true });
  if (offline && !(await isFresh(url))) await put(url, person, html, offline.headers, era);
}

async function sendWaiting() {
  const name = await pagesName();
  if (!name) return;
  const { state, done } = await self.phoneSending.send(FACE.root, name.slice(PAGES.length), { isUnseen: true });
  if (done.length) for (const page of await clients.matchAll()) page.postMessage("sent"); // it shows what it showed before
  if (state === "away") throw new Error("no network yet"); // the browser tries again
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll([...FACE.shell, FACE.offline])));
});

addEventListener("activate", (event) => event.waitUntil(takeOver().then(() => clients.claim())));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && isOwn(url.pathname)) event.respondWith(page(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

addEventListener("message", (event) => {
  const { keep: wanted, first, forget } = event.data || {};
  const begun = first ? takeFirst(first) : Promise.resolve();
  if (wanted) event.waitUntil(begun.then(() => keepAhead(wanted)).catch(() => {}));
  if (forget) event.waitUntil(forgetPages().then(() => event.ports[0].postMessage("forgotten")));
});

addEventListener("sync", (event) => {
  if (event.tag === "presses") event.waitUntil(sendWaiting());
});
