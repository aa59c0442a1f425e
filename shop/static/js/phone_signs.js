/* What a page shows of the network and of the presses that are not sent yet. The words stand in the page. */

const { face, person, keptAt } = document.body.dataset;
const store = self.phoneStore;
const state = { away: false, here: false, signedOut: false, waiting: 0 };
const bar = document.querySelector("[data-phone-bar]");
let marks = [];

const isOff = () => navigator.onLine === false || state.away || Boolean(keptAt && !state.here);
const copyOf = (name) => document.querySelector(`template[data-phone-${name}]`).content.firstElementChild.cloneNode(true);
const { lang } = document.documentElement;
/* The shop's time, wherever the device thinks that it is. */
const timeZone = "Asia/Shanghai";
const clock = (moment) =>
  new Date(moment).toLocaleString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
const part = (day, name) => new Date(day).toLocaleString("en", { [name]: "numeric", timeZone });

function dayAndClock(moment) {
  const day = new Date(moment);
  const isToday = day.toLocaleDateString("en", { timeZone }) === new Date().toLocaleDateString("en", { timeZone });
  if (isToday) return clock(moment);
  const date = lang.startsWith("zh")
    ? `${part(day, "month")} 月 ${part(day, "day")} 日`
    : day.toLocaleString(lang, { day: "numeric", month: "short", timeZone });
  return `${date} ${clock(moment)}`;
}

/* What is hidden comes back when the marks are taken off. */
function hide(one) {
  if (one.hidden) return;
  one.hidden = true;
  marks.push(() => {
    one.hidden = false;
  });
}

function addTo(place, one) {
  place.append(one);
  marks.push(() => one.remove());
}

function undoButton(press) {
  const button = copyOf("undo");
  button.addEventListener("click", () => takeBack(press));
  return button;
}

/* What was never tried is simply gone; else the shop is told, which then leaves it, or says that it was faster. */
async function takeBack(press) {
  await store.change(press.number, (one) => (one.tried ? { ...one, takesBack: true } : null));
  await show();
  document.dispatchEvent(new CustomEvent("phone-kept"));
}

function note(press) {
  const line = copyOf("note");
  line.querySelector("[data-what]").textContent = press.what;
  return line;
}

function markCard(card, form, press) {
  card.classList.add("wait");
  marks.push(() => card.classList.remove("wait"));
  addTo(card.querySelector(".task-t > div:last-child") || card, note(press));
  const acts = card.querySelector(".acts");
  for (const act of press.more ? [form] : acts.children) if (act && !act.matches("[data-undo]")) hide(act);
  addTo(acts, undoButton(press));
}

/* Done, but for its photo. */
function photoLeft(press) {
  const line = copyOf("photo");
  line.querySelector("[data-label]").textContent = press.label;
  addTo(document.querySelector("[data-phone-list]"), line);
}

function listed(press) {
  const card = copyOf("card");
  card.querySelector("[data-label]").textContent = press.label;
  card.querySelector("[data-when]").textContent = dayAndClock(press.at);
  card.querySelector(".acts").append(undoButton(press));
  addTo(document.querySelector("[data-phone-list]"), card);
}

function place(press) {
  const about = press.path.replace(/\/[^/]+$/, "");
  const form = press.again ? null : [...document.forms].find((one) => one.getAttribute("action") === press.path);
  const card = (form && form.closest(".task")) || document.querySelector(`.task[data-card="${about}"]`);
  if (card && !press.again && card.querySelector(".acts")) markCard(card, form, press);
  else {
    listed(press);
    if (form && !form.closest(".scr")) hide(form); // the list says it, and takes it back
  }
  const isAll = !press.again && !press.more;
  const covered = press.covers && press.covers.length ? press.covers : isAll ? [about] : [];
  for (const part of document.querySelectorAll("[data-about]")) if (covered.includes(part.dataset.about)) hide(part);
  // Figures that the shop counted before this press are not true any more.
  if (press.covers && press.covers.length) document.querySelectorAll("[data-stale]").forEach(hide);
}

function tell(press) {
  const told = copyOf("told");
  told.querySelector("[data-label]").textContent = press.label;
  told.querySelector("[data-said]").textContent = press.said;
  told.querySelector("button").addEventListener("click", async () => {
    await store.drop(press.number);
    await show();
  });
  addTo(document.querySelector("[data-phone-list]"), told);
}

/* What is only for who has no network, or only for who has one. */
function showParts() {
  for (const part of document.querySelectorAll("[data-off-only]")) part.hidden = !isOff();
  for (const part of document.querySelectorAll("[data-on-only]")) part.hidden = isOff();
}

function showBar() {
  showParts();
  const link = bar.querySelector("a");
  const words = bar.dataset;
  const needsSignIn = state.signedOut && state.waiting > 0;
  let said = isOff() ? words.off : "";
  if (keptAt && !state.here) said = words.seen.replace("{time}", dayAndClock(keptAt));
  if (needsSignIn) said = words.signIn;
  bar.hidden = !said;
  link.hidden = !needsSignIn;
  const text = bar.querySelector("[data-text]");
  if (text.textContent !== said) text.textContent = said;
}

async function show() {
  const presses = person ? await store.all(face, person).catch(() => []) : [];
  for (const take of marks.splice(0).reverse()) take();
  const waiting = presses.filter((one) => one.state === "waiting" && !one.takesBack);
  await count();
  for (const press of presses) if (press.state === "told") tell(press);
  for (const press of presses) if (press.state === "photo") photoLeft(press);
  for (const press of waiting) place(press);
  const list = document.querySelector("[data-phone-list]");
  if (list.closest(".work")) for (const line of [...list.querySelectorAll(".wait")]) list.prepend(line); // the newest first
  showBar();
}

/* How many presses wait, as the phone has it now. */
async function count() {
  const presses = person ? await store.all(face, person).catch(() => []) : [];
  state.waiting = presses.filter((one) => one.state === "waiting" || one.state === "photo").length;
  return state.waiting;
}

/* What the last answer said about the network and the person. */
function heard(said) {
  state.away = said === "away";
  state.here = said === "here";
  state.signedOut = said === "signed-out" || said === "other";
  showBar();
}

/* Sentences that the next page says. */
function sayNext(sentences) {
  try {
    const before = JSON.parse(sessionStorage.getItem("phone-said") || "[]");
    sessionStorage.setItem("phone-said", JSON.stringify([...before, ...sentences]));
  } catch (refused) {
    return;
  }
}

/* What the last page left to be said. */
function saidBefore() {
  try {
    const sentences = JSON.parse(sessionStorage.getItem("phone-said") || "[]");
    sessionStorage.removeItem("phone-said");
    return sentences;
  } catch (refused) {
    return [];
  }
}

/* What the worker sent while no page looked. */
async function saidUnseen() {
  const presses = person ? await store.all(face, person).catch(() => []) : [];
  const unseen = presses.filter((one) => one.words);
  for (const { number } of unseen) {
    await store.change(number, ({ words, ...rest }) => (rest.state === "said" ? null : rest));
  }
  return unseen.map((one) => one.words);
}

async function sayNow() {
  const sentences = [...saidBefore(), ...(await saidUnseen())];
  for (const sentence of new Set(sentences)) {
    const done = copyOf("done");
    done.querySelector("[data-said]").textContent = sentence;
    document.querySelector("[data-phone-list]").before(done);
  }
}

self.phoneSigns = { show, count, heard, sayNext, sayNow, isOff, state };
