/* Keeps the meter of an allowance: what is chosen, what is left, what its member would pay. Only shows; the shop judges. */

const form = document.querySelector("form[data-campaign]");
let isAsSaid = Boolean(form && form.querySelector("[data-said]"));

function yuan(fen) {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `¥${(fen / 100).toLocaleString("en", digits)}`;
}

/* What is chosen, as [price, count]. */
function chosenUnits() {
  const chosen = form.querySelector("input[name=package]:checked");
  if (!chosen) return [];
  if (chosen.value !== "free") {
    return (chosen.dataset.units || "").trim().split(/\s+/).filter(Boolean).map((one) => one.split("x").map(Number));
  }
  return [...form.querySelectorAll("[data-free] [data-fen]")].map((cell) => [
    Number(cell.dataset.fen),
    Math.max(0, Number(cell.querySelector("input").value) || 0),
  ]);
}

function sumOf(units) {
  return units.reduce((sum, [fen, count]) => sum + fen * count, 0);
}

/* The most that whole units put together of what the allowance pays: the rest is their member's own. */
function covered(units, usable) {
  let reached = new Set([0]);
  for (const [fen, count] of units) {
    let each = 1;
    for (let rest = count; rest > 0; each *= 2) {
      const size = Math.min(each, rest);
      rest -= size;
      const more = [...reached].map((sum) => sum + size * fen).filter((sum) => sum <= usable);
      reached = new Set([...reached, ...more]);
    }
  }
  return Math.max(...reached);
}

function isHome() {
  const home = form.querySelector("input[name=slot][value=home]");
  return Boolean(home && home.checked);
}

/* null: only the shop knows, since freight or an order that is there already comes into it. */
function ownSum(units, usable) {
  const sum = sumOf(units);
  if (isAsSaid) return Number(form.querySelector("input[name=own_seen]").value);
  if (form.dataset.own !== "sum" || isHome()) return sum > usable ? null : 0;
  return sum > usable ? sum - covered(units, usable) : 0;
}

function showOwn(own) {
  const button = form.querySelector("[data-button]");
  const seen = form.querySelector("input[name=own_seen]");
  if (!button || !seen || isAsSaid) return;
  const box = form.querySelector("[data-said]");
  if (box) {
    box.hidden = true;
    box.querySelectorAll("input[name=refund_seen]").forEach((field) => (field.value = "0"));
  }
  seen.value = String(own || 0);
  button.textContent = own ? button.dataset.ownWord.replace("{sum}", yuan(own)) : button.dataset.plainWord;
  const facts = form.querySelector("[data-own-facts]");
  const phone = facts && facts.querySelector("input[data-needed]");
  if (phone) phone.required = Boolean(own) && !isHome();
  if (facts && own) facts.open = true;
}

function refresh() {
  const chosen = form.querySelector("input[name=package]:checked");
  const list = form.querySelector("[data-free]");
  if (list) list.hidden = !chosen || chosen.value !== "free";
  const units = chosenUnits();
  const sum = sumOf(units);
  const usable = Number(form.dataset.usable);
  const own = form.dataset.own ? ownSum(units, usable) : 0;
  const over = sum > usable;
  const left = form.querySelector("[data-left]");
  const word = over ? left.dataset.overWord : left.dataset.leftWord;
  const rest = over && form.dataset.own ? own : Math.abs(usable - sum);
  form.querySelector("[data-sum]").textContent = yuan(sum);
  left.textContent = rest === null ? left.dataset.unknownWord : word.replace("{sum}", yuan(rest));
  left.classList.toggle("warn-t", over);
  const bar = form.querySelector("[data-bar]");
  bar.setAttribute("width", `${usable ? Math.min(100, (100 * sum) / usable) : 0}%`);
  bar.classList.toggle("b3", over);
  form.querySelector("[data-meter]").hidden = false;
  showOwn(own);
}

/* The address stands there only for who has it sent home, and to be typed only where no saved one is taken. */
function showAddress() {
  const home = form.querySelector("[data-address]");
  if (!home) return;
  home.hidden = !isHome();
  const saved = form.querySelector("input[name=address_id]:checked");
  home.querySelector("[data-typed]").hidden = Boolean(saved && saved.value);
}

const CHOOSES = /^(package|slot|u-\d+)$/;

if (form) {
  form.addEventListener("change", (event) => {
    if (CHOOSES.test(event.target.name)) isAsSaid = false;
    refresh();
    showAddress();
  });
  refresh();
  showAddress();
}
