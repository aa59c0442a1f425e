/* Confirmation before what cannot be undone, and sheets that keep the focus inside. */

const yuan = (fen) => `¥${(fen / 100).toLocaleString("en", { minimumFractionDigits: 2 })}`;

/* What is ticked, added up, and what happens to that; false where the shop will refuse it, and say why. */
function addsUp(dialog, form) {
  const list = dialog.querySelector("[data-adds-up]");
  if (!list) return true;
  const ticked = [...form.querySelectorAll("input[data-pays]:checked")];
  const of = (role) => ticked.filter((one) => one.dataset.pays === role);
  const sum = (some) => some.reduce((fen, one) => fen + Number(one.dataset.fen), 0);
  const sums = { received: Number(list.dataset.addsUp) + sum(of("receipt")), wanted: sum(of("order")) };
  sums.left = sums.received - sums.wanted;
  if (!ticked.length) return false;
  if (list.dataset.addsUp && (!sums.wanted || sums.left < 0 || (of("receipt").length && sums.left))) return false;
  for (const place of list.querySelectorAll("[data-sum]")) place.textContent = yuan(sums[place.dataset.sum]);
  for (const line of list.querySelectorAll("[data-sum-if]")) line.hidden = !sums[line.dataset.sumIf];
  for (const line of list.querySelectorAll("[data-kind-if]")) {
    line.hidden = !ticked.some((one) => one.dataset.kind === line.dataset.kindIf);
  }
  for (const line of list.querySelectorAll("[data-title-if]")) {
    line.hidden = !ticked.some((one) => "otherTitle" in one.dataset);
  }
  return true;
}

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
    const wanted = said.closest("[data-must-be]")?.dataset.mustBe;
    const amount = Number(said.textContent.normalize("NFKC").replace(/[¥,\s]/g, ""));
    if (wanted && Math.round(amount * 100) !== Number(wanted)) return; // the shop refuses it, and says why
    const most = said.closest("[data-at-most]")?.dataset.atMost;
    if (most && !(amount > 0 && Math.round(amount * 100) <= Number(most))) return;
  }
  if (!addsUp(dialog, button.form)) return;
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
