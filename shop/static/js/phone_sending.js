/* Sends what the phone kept, one press after the other, in the order in which they were pressed. Every press has a name,
   so that the shop carries it out once, however often it comes. The service worker sends too, where there is one that may. */

const PATIENCE_MS = 10000;
const PHOTO_PATIENCE_MS = 90000; // 200 KB where one bar of signal carries 3 KB a second
const store = self.phoneStore;
let running = Promise.resolve();

/* Status 0: no answer came. */
async function ask(face, wish, path = "", patience = PATIENCE_MS) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const answer = await fetch(`${face}/actions${path}`, {
      credentials: "same-origin",
      cache: "no-store",
      signal: stop.signal,
      ...wish,
      headers: { Accept: "application/json", ...(wish && wish.headers) },
    });
    const said = await answer.json();
    return { status: answer.status, said };
  } catch (nothing) {
    return { status: 0, said: {} };
  } finally {
    clearTimeout(timer);
  }
}

/* Whether the shop answers, and to whom. */
async function who(face, person) {
  const { status, said } = await ask(face);
  if (status === 401) return { state: "signed-out" };
  if (status !== 200) return { state: status === 404 ? "other" : "away" };
  return { state: said.person === person ? "here" : "other", token: said.token };
}

function post(press, token, isDirect) {
  return ask(press.face, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify({
      person: press.person,
      id: press.id,
      path: press.path,
      fields: press.fields,
      at: press.at,
      sent_at: Date.now(),
      direct: isDirect,
      take_back: Boolean(press.takesBack),
    }),
  });
}

/* What an answer means for the queue: the press is `decided`, or why it has to wait. */
function meaning({ status, said }) {
  if (status === 200) return "decided";
  if (status === 401 || said.code === "signed_out") return "signed-out";
  if (said.code === "form_expired") return "old-token";
  if (status === 404 || said.code === "other_person") return "other";
  if (status === 400 || status === 413) return "unreadable";
  return "away";
}

/* What did not stand stays on the phone until its person has read it. What was taken back while its answer was on the
   way is not decided by that answer: it waits, and the shop is asked to take it back. Where no page is there to say what
   was carried out, the phone keeps the sentence for the next one. */
async function settle(press, said, isUnseen) {
  const isTold = said.outcome === "refused" || (press.takesBack && said.outcome === "applied");
  const isDone = said.outcome === "applied" && !press.takesBack;
  return store.change(press.number, (one) => {
    if (one.takesBack && !press.takesBack) return false;
    const left = isDone && isUnseen ? { ...one, words: said.said } : one;
    if (one.photo && isDone) return { ...left, state: "photo" };
    if (left.words && !said.form) return { ...left, state: "said" };
    if (said.form || !isTold) return null;
    return { ...one, state: "told", said: said.said };
  });
}

async function sendOne(press, tokens, isDirect) {
  let answer = await post(press, tokens.now, isDirect);
  if (meaning(answer) === "old-token") {
    const { state, token } = await who(press.face, press.person);
    if (state !== "here") return { state };
    tokens.now = token;
    answer = await post(press, token, isDirect);
  }
  const state = meaning(answer);
  if (state !== "decided" && state !== "unreadable") return { state };
  const said = state === "decided" ? answer.said : { outcome: "refused", said: answer.said.detail || "" };
  const left = await settle(press, said, tokens.isUnseen);
  if (left && left.state === "waiting") return sendOne(left, tokens, false);
  return { state: "decided", press, said };
}

/* The press was carried out, and its photo follows: after all presses, for it is large. Sent twice, it is one photo. */
async function sendPhoto(press, token) {
  const headers = { "Content-Type": "image/jpeg", "X-CSRFToken": token };
  const path = `/photo?person=${press.person}&press=${press.id}`;
  const { status, said } = await ask(press.face, { method: "POST", headers, body: press.photo }, path, PHOTO_PATIENCE_MS);
  const isRefused = said.outcome === "refused" || status === 413;
  if (status !== 200 && !isRefused) return false;
  await store.change(press.number, (one) => {
    const { photo, ...rest } = one;
    if (isRefused) return { ...rest, state: "told", said: said.said || said.detail || "" };
    return one.words ? { ...rest, state: "said" } : null;
  });
  return true;
}

async function sendPhotos(face, person, tokens) {
  for (const press of await store.all(face, person)) {
    if (press.state !== "photo") continue;
    tokens.now = tokens.now || (await who(face, person)).token;
    if (!tokens.now || !(await sendPhoto(press, tokens.now))) return;
  }
}

async function sendAll(face, person, { direct, token, isUnseen }) {
  const done = [];
  const tokens = { now: token, isUnseen };
  for (const { number, state: was } of await store.all(face, person)) {
    if (was !== "waiting") continue;
    if (!tokens.now) {
      const found = await who(face, person);
      if (found.state !== "here") return { state: found.state, done };
      tokens.now = found.token;
    }
    // From here on the shop may have it, whether its answer comes or not.
    const press = await store.change(number, (one) => (one.state === "waiting" ? { ...one, tried: true } : false));
    if (!press || press.state !== "waiting") continue;
    const { state, ...own } = await sendOne(press, tokens, press.id === direct);
    if (state !== "decided") return { state, done };
    done.push(own);
  }
  if (!direct) await sendPhotos(face, person, tokens); // nobody waits before the page for a photo
  return { state: "here", done };
}

/* One after the other in this page; another page, or the worker, may send the same, and the shop knows it by its name.
   `isUnseen`: the worker sends, which has no page to say anything in. */
function send(face, person, { direct = "", token = "", isUnseen = false } = {}) {
  const next = running.then(() => sendAll(face, person, { direct, token, isUnseen }));
  running = next.catch(() => {});
  return next;
}

self.phoneSending = { send, who };
