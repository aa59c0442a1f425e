/* Shows the shop where there is no network: public pages as they were last seen, and for all others a page that says so.
   SHOP stands before this script. Nothing of a visitor is kept: their pages forbid it (no-store), and only what carries
   the mark of a public page (an ETag) is taken. */

const SHELL = `shop:shell:${SHOP.version}`;
const PAGES = "shop:pages";
const PICTURES = "shop:pictures";

const isElsewhere = (path) => SHOP.others.some((root) => path === root || path.startsWith(`${root}/`));

function isPublic(answer) {
  const type = answer.headers.get("Content-Type") || "";
  const rule = answer.headers.get("Cache-Control") || "no-store";
  return (
    answer.status === 200 &&
    !answer.redirected &&
    type.startsWith("text/html") &&
    answer.headers.has("ETag") &&
    !rule.includes("no-store")
  );
}

/* The oldest go when there are more than so many. */
async function put(name, request, answer, most) {
  const kept = await caches.open(name);
  await kept.delete(request, { ignoreVary: true });
  await kept.put(request, answer);
  const known = await kept.keys();
  for (const old of known.slice(0, Math.max(0, known.length - most))) await kept.delete(old);
}

async function offlinePage() {
  return (await caches.match(SHOP.offline, { ignoreVary: true })) || Response.error();
}

/* With a line above it that says that it is old; its words lie in the page for what was not kept. */
async function asKept(found) {
  const bar = (await (await offlinePage()).text()).match(/<template data-kept-bar>(.*?)<\/template>/s);
  const page = (await found.text()).replace(/<main id="main">/, (main) => `${bar ? bar[1] : ""}${main}`);
  const headers = new Headers(found.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(page, { headers });
}

async function page(event) {
  const { request } = event;
  try {
    const answer = (await event.preloadResponse) || (await fetch(request));
    if (isPublic(answer)) event.waitUntil(put(PAGES, request.url, answer.clone(), SHOP.pages).catch(() => {}));
    return answer;
  } catch (nothing) {
    const kept = await (await caches.open(PAGES)).match(request.url, { ignoreVary: true });
    return kept ? asKept(kept) : offlinePage();
  }
}

/* Files never change under their names; pictures may, so the network comes first. */
async function file(event) {
  const { request } = event;
  const found = await caches.match(request.url, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  if (answer.status === 200) {
    event.waitUntil(put(SHELL, request.url, answer.clone(), 60).catch(() => {}));
  }
  return answer;
}

async function picture(event) {
  const { request } = event;
  try {
    const answer = await fetch(request);
    if (answer.status === 200) {
      event.waitUntil(put(PICTURES, request.url, answer.clone(), SHOP.pictures).catch(() => {}));
    }
    return answer;
  } catch (nothing) {
    const kept = await (await caches.open(PICTURES)).match(request.url, { ignoreVary: true });
    return kept || Response.error();
  }
}

async function takeOver() {
  await self.registration.navigationPreload?.enable();
  for (const name of await caches.keys()) {
    if (name.startsWith("shop:shell:") && name !== SHELL) await caches.delete(name);
  }
  await caches.delete(PAGES); // of an older version, or in another language
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll([...SHOP.shell, SHOP.offline])));
});

addEventListener("activate", (event) => event.waitUntil(takeOver()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || isElsewhere(pathname)) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (pathname.startsWith("/static/")) event.respondWith(file(event));
  else if (pathname.startsWith("/media/")) event.respondWith(picture(event));
});

/* A page that was opened before there was a worker. */
async function keep(url) {
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin || isElsewhere(pathname)) return;
  const answer = await fetch(url);
  if (isPublic(answer)) await put(PAGES, url, answer, SHOP.pages);
}

/* Whoever signs out asks every worker to forget: there is nothing of theirs here. */
addEventListener("message", (event) => {
  if (event.data?.keep) event.waitUntil(keep(event.data.keep).catch(() => {}));
  if (event.data?.forget) event.ports[0].postMessage("forgotten");
});
