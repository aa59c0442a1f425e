/* On a phone the board shows one lane at a time. */

for (const tabs of document.querySelectorAll("[data-board-tabs]")) {
  tabs.addEventListener("click", (event) => {
    const tab = event.target.closest("a[href^='#']");
    if (!tab) return;
    event.preventDefault();
    const lane = document.querySelector(tab.hash);
    for (const other of lane.parentElement.children) other.classList.toggle("on", other === lane);
    for (const other of tabs.children) {
      if (other === tab) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
  });
}
