/* Choosing a pack: price and unit price at once from the page, the exact stock from /stock. */

function put(name, text) {
  for (const place of document.querySelectorAll(`[${name}]`)) place.textContent = text;
}

function allowBuying(allowed) {
  for (const button of document.querySelectorAll("[data-buy]")) button.disabled = !allowed;
}

function sayWhatThereIs(available) {
  for (const place of document.querySelectorAll("[data-while]")) {
    place.hidden = (place.dataset.while === "left") !== available;
  }
}

// `limit` is what one buyer may have in one order.
function limitQuantity(limit, available) {
  for (const input of document.querySelectorAll("[data-qty] input[name=quantity]")) {
    input.max = Math.max(Math.min(limit, available), 1);
    input.toggleAttribute("data-left", available < limit);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function attach(picker) {
  let latest = "";

  async function stock(sku) {
    latest = sku;
    const address = new URL(picker.dataset.stockUrl || "/stock", location.href);
    address.searchParams.set("sku", sku);
    address.searchParams.set("lang", document.documentElement.lang.slice(0, 2));
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    return answer && answer.ok && latest === sku ? answer.json() : null;
  }

  async function show(radio) {
    const { sku, price, unitPrice, limit } = radio.dataset;
    put("data-price-out", price);
    put("data-unit-price-out", unitPrice || "");
    for (const field of document.querySelectorAll("input[type=hidden][name=sku]")) field.value = sku;
    for (const link of document.querySelectorAll("a[data-restock]")) {
      const address = new URL(link.href);
      address.searchParams.set("sku", sku);
      link.href = address;
    }
    const answer = await stock(sku);
    if (!answer) return;
    put("data-stock-out", answer.label || "");
    allowBuying(answer.available > 0);
    sayWhatThereIs(answer.available > 0);
    limitQuantity(Number(limit), answer.available);
  }

  picker.addEventListener("change", (event) => {
    if (event.target.matches("input[type=radio]")) show(event.target);
  });
  const chosen = picker.querySelector("input[type=radio]:checked");
  if (chosen) show(chosen);
}

document.querySelectorAll("[data-variant-picker]").forEach(attach);
