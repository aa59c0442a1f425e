/* Small things a page can ask for by attribute. */

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    document.querySelector("[data-live]").textContent = button.dataset.done;
    button.classList.add("ok-t");
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

/* Where one is may lie outside what a narrow screen shows of a row of tabs. */
for (const row of document.querySelectorAll(".seg, .chips")) {
  const here = row.querySelector("[aria-current]");
  if (!here || row.scrollWidth <= row.clientWidth) continue;
  const left = here.getBoundingClientRect().left - row.getBoundingClientRect().left;
  row.scrollLeft += left - (row.clientWidth - here.offsetWidth) / 2;
}

/* Looking changes nothing on the shop's side; what was looked at, and not only kept for later, says so. */
for (const form of document.querySelectorAll("form[data-seen]")) {
  if (document.body.dataset.keptAt) continue;
  form.hidden = true;
  const told = fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
  told.catch(() => {
    form.hidden = false;
  });
}

for (const place of document.querySelectorAll("[data-refresh]")) {
  setTimeout(() => location.reload(), Number(place.dataset.refresh) * 1000);
}

/* A page that says what can still be done is read anew when its reader comes back to it: meanwhile it may be too late. */
if (document.querySelector("[data-as-it-is-now]")) {
  let leftAt = 0;
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leftAt = Date.now();
    else if (leftAt && Date.now() - leftAt > 20_000) location.reload();
  });
}

for (const button of document.querySelectorAll("[data-back]")) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}

for (const row of document.querySelectorAll(".chips-x")) {
  const here = row.querySelector("[aria-current]");
  if (!here) continue;
  const [place, frame] = [here.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
}

for (const field of document.querySelectorAll("[data-submit-on-change]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

/* What is chosen in one field decides which groups of another can be chosen. */
for (const select of document.querySelectorAll("[data-fits-choice]")) {
  const fit = () => {
    const chosen = select.form.elements[select.dataset.fitsChoice].value;
    for (const group of select.querySelectorAll("[data-fits]")) {
      group.disabled = group.hidden = chosen !== "" && !group.dataset.fits.split(" ").includes(chosen);
    }
    if (select.selectedOptions[0]?.parentElement.disabled) select.value = "";
  };
  select.form.addEventListener("change", (event) => event.target !== select && fit());
  fit();
}

for (const field of document.querySelectorAll("[data-here]")) {
  if (field.value === location.pathname) field.value += location.search;
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const root = document.documentElement;
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.theme = root.dataset.bsTheme;
    } catch (refused) {
      /* The choice then lasts for this page. */
    }
  });
}
