/* One reader more, once somebody has had the story before their eyes for a few seconds. Nothing of who it is is sent, and
   what this tab remembers, so that it counts once, stays in the tab. */

const number = document.querySelector("[data-readers]");
const WAIT = 4000;

function remembered() {
  try {
    if (sessionStorage.getItem(number.dataset.readers)) return true;
    sessionStorage.setItem(number.dataset.readers, "1");
  } catch {
    /* A browser that remembers nothing counts again. */
  }
  return false;
}

async function tell() {
  if (remembered()) return;
  try {
    const answer = await fetch(number.dataset.readers, { method: "POST", credentials: "omit" });
    if (answer.ok) number.textContent = (await answer.json()).readers;
  } catch {
    /* Without a network nobody is counted. */
  }
}

let waiting = 0;
function look() {
  clearTimeout(waiting);
  if (!document.hidden) waiting = setTimeout(tell, WAIT);
}
if (number && !document.body.dataset.keptAt) {
  document.addEventListener("visibilitychange", look);
  look();
}
