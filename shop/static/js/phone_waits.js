/* Where somebody signs in: that this phone holds presses which are not sent yet. How many, and nothing of whose or what. */

const place = document.querySelector("[data-phone-waits]");

async function say() {
  const waiting = await self.phoneStore.waiting(place.dataset.phoneWaits).catch(() => 0);
  const words = place.querySelector("span");
  words.textContent = words.textContent.replace("{n}", waiting);
  place.hidden = !waiting;
}

if (place) say();
