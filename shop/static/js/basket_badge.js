/* Public pages are the same for everybody: what belongs to the visitor is filled in here. */

function showBasketCount(count) {
  for (const link of document.querySelectorAll("[data-basket-link]")) {
    const badge = link.querySelector("[data-basket-count]");
    badge.textContent = count;
    badge.hidden = count === 0;
    if (count > 0) link.setAttribute("aria-label", link.dataset.label.replace("{n}", count));
    else link.removeAttribute("aria-label");
  }
}

function showVisitor(summary) {
  showBasketCount(summary.basket_count);
  if (!summary.signed_in) return;
  for (const place of document.querySelectorAll("[data-account-name]")) {
    place.textContent = summary.name || place.textContent;
  }
  for (const place of document.querySelectorAll("[data-role-links]")) {
    place.replaceChildren(
      ...(summary.role_links || []).map(({ href, label }) => {
        const link = document.createElement("a");
        link.href = href;
        link.textContent = label;
        return link;
      }),
    );
  }
}

if (document.querySelector("[data-basket-link]")) {
  fetch("/session/summary", { credentials: "same-origin", headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then(showVisitor)
    .catch(() => {
      /* Without it the page works as for a visitor whom nobody knows. */
    });
}

document.addEventListener("basket:changed", (event) => showBasketCount(event.detail.count));
