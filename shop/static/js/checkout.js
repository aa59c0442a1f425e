/* Keeps the total beside the form in step with what is chosen. Without it the form shows the freight of each zone. */

const form = document.querySelector("[data-checkout]");
const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const yuan = (fen) => money.format(fen / 100);

function province() {
  const saved = form.querySelector("input[name=address_id]:checked");
  return saved?.dataset.province || form.elements.province.value;
}

/* What of it is to pay, or with "fullFreight" what it costs before a coupon: the split is of the full price. */
function freight(which = "freight") {
  if (form.elements.delivery.value !== "courier") return 0;
  return JSON.parse(form.dataset[which])[province()] ?? null;
}

/* Whether something would spoil on its way to the chosen province; what, is said below the province. */
function sayWhatIsTooFar() {
  const places = [...form.querySelectorAll("[data-too-far]")];
  for (const place of places) place.hidden = !JSON.parse(place.dataset.tooFar).includes(province());
  return form.elements.delivery.value === "courier" && places.some((place) => !place.hidden);
}

function show() {
  const isTooFar = sayWhatIsTooFar();
  const fen = freight();
  const total = Number(form.dataset.goods) + (fen || 0);
  const isPickup = form.elements.delivery.value !== "courier";
  for (const place of document.querySelectorAll("[data-freight-label]")) {
    place.textContent = isPickup ? place.dataset.pickup : place.dataset.courier;
  }
  for (const place of document.querySelectorAll("[data-freight-out]")) {
    place.textContent = fen === null ? "—" : `¥${yuan(fen)}`;
  }
  form.elements.seen_total.value = fen === null ? "" : total;
  for (const place of document.querySelectorAll("[data-total-out]")) place.textContent = yuan(total);
  for (const place of document.querySelectorAll("[data-pay]")) {
    const { plain, pay, transfer, account, far } = place.dataset;
    const words = { bank_transfer: transfer, on_account: account }[form.elements.payment_method?.value] || pay;
    place.textContent = fen === null ? plain : words.replace("{sum}", `¥${yuan(total)}`);
    place.classList.toggle("disabled", isTooFar);
    place.setAttribute("aria-disabled", isTooFar);
    if (isTooFar) place.textContent = far;
  }
  for (const place of document.querySelectorAll("[data-plus-freight]")) {
    place.hidden = fen !== null || province() !== "";
  }
  for (const place of document.querySelectorAll("[data-flow]")) {
    place.hidden = place.dataset.flow !== String(freight("fullFreight") || 0);
  }
}

if (form) {
  // Where this page answers a form with a mistake, Back from the payment asks the shop anew, and not the browser whether
  // to send the form again. Only another address makes Chromium forget the form.
  if ("answer" in form.dataset) history.replaceState(null, "", `${location.pathname}?again=1`);
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    // One click is enough; the server makes one order of several anyway.
    if (form.dataset.sent || sayWhatIsTooFar()) return event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => delete form.dataset.sent);
  show();
  // What has happened, or what is wrong, is read first.
  const news = document.querySelector("[data-news], .flashes .msg");
  if (news) {
    news.tabIndex = -1;
    news.focus();
  }
}
