/* Confirmation before what cannot be undone, and sheets that keep the focus inside. */

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-confirm]");
  if (!button || button.dataset.confirmed) return;
  const dialog = document.querySelector(button.dataset.confirm);
  if (!dialog?.showModal) return;
  if (button.form && !button.form.checkValidity()) return; // the browser or the shop first says what is missing
  for (const count of dialog.querySelectorAll("[data-ticked]")) {
    const ticked = button.form.querySelectorAll(`input[name="${count.dataset.ticked}"]:checked`).length;
    if (!ticked) return; // nothing to ask about: the shop answers that nothing is chosen
    count.textContent = ticked;
  }
  for (const said of dialog.querySelectorAll("[data-typed]")) {
    said.textContent = button.form.elements[said.dataset.typed].value.trim(); // what stands in the field now
  }
  event.preventDefault();
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    () => {
      button.focus();
      if (dialog.returnValue !== "yes") return;
      button.dataset.confirmed = "1";
      button.click();
      delete button.dataset.confirmed;
    },
    { once: true },
  );
});

document.addEventListener("click", (event) => {
  const answer = event.target.closest("dialog [data-answer]");
  if (answer) answer.closest("dialog").close(answer.dataset.answer);
});

function focusable(sheet) {
  return [...sheet.querySelectorAll("a[href], button, input, select, textarea")].filter((part) => part.offsetParent);
}

for (const sheet of document.querySelectorAll("[data-drawer]")) {
  let opener = null;
  const isOpen = () => location.hash === `#${sheet.id}`;
  const close = () => sheet.querySelector("[data-drawer-close]").click();

  addEventListener("hashchange", () => {
    if (isOpen()) focusable(sheet)[0]?.focus();
    else if (opener) {
      opener.focus();
      opener = null;
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(`a[href="#${sheet.id}"]`);
    if (link) opener = link;
    if (event.target === sheet) close();
  });
  sheet.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if (event.key !== "Tab") return;
    const parts = focusable(sheet);
    const edge = event.shiftKey ? parts[0] : parts[parts.length - 1];
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? parts[parts.length - 1] : parts[0]).focus();
  });
}
