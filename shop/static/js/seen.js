/* Tells the shop once that somebody has had this before their eyes for a few seconds: a story, or what a search found.
   Nothing of who it is is sent, and what this tab remembers, so that it counts once, stays in the tab. */

const place = document.querySelector("[data-seen]");
const WAIT = 4000;

function remembered(name) {
  try {
    if (sessionStorage.getItem(name)) return true;
    sessionStorage.setItem(name, "1");
  } catch {
    /* A browser that remembers nothing counts again. */
  }
  return false;
}

async function tell() {
  const { seen: address, seenMark: mark = "" } = place.dataset;
  if (remembered(`${address} ${mark}`)) return;
  try {
    const body = mark ? new URLSearchParams({ mark }) : null;
    const answer = await fetch(address, { method: "POST", credentials: "omit", body });
    if (answer.status === 200) place.textContent = (await answer.json()).readers;
  } catch {
    /* Without a network nobody is counted. */
  }
}

let waiting = 0;
function look() {
  clearTimeout(waiting);
  if (!document.hidden) waiting = setTimeout(tell, Number(place.dataset.seenAfter || WAIT));
}
if (place && !document.body.dataset.keptAt) {
  document.addEventListener("visibilitychange", look);
  look();
}
