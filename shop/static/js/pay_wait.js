/* A page on which a wallet is being paid asks, less and less often, whether the money is there, and then goes on. */

const FIRST_PAUSE = 3000;
const LONGEST_PAUSE = 15000;

const place = document.querySelector("[data-pay-wait]");
const clock = place.querySelector("[data-seconds-left]");
const end = clock ? performance.now() + Number(clock.dataset.secondsLeft) * 1000 : Infinity;
let pause = FIRST_PAUSE;
let timer = 0;

async function ask() {
  const answer = await fetch(place.dataset.payWait, {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) return;
  const state = await answer.json();
  if (!state.waiting) location.replace(state.next);
}

async function look() {
  clearTimeout(timer);
  if (!document.hidden) {
    await ask().catch(() => {});
    pause = Math.min(pause * 1.2, LONGEST_PAUSE);
  }
  timer = setTimeout(look, pause);
}

function tick() {
  const left = Math.max(0, Math.floor((end - performance.now()) / 1000));
  clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (left === 0) location.reload();
  else setTimeout(tick, 1000);
}

document.addEventListener("visibilitychange", () => {
  pause = FIRST_PAUSE;
  if (!document.hidden) look();
});
timer = setTimeout(look, pause);
if (clock) tick();
