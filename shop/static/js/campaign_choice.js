/* Keeps the meter of an allowance: what is chosen, what is left, and whether it is too much. Only shows; the shop judges. */

const form = document.querySelector("form[data-campaign]");

function yuan(fen) {
  return `¥${(fen / 100).toFixed(2)}`;
}

function sumOfSingles() {
  return [...form.querySelectorAll("[data-free] [data-fen]")]
    .map((cell) => Number(cell.dataset.fen) * (Number(cell.querySelector("input").value) || 0))
    .reduce((sum, fen) => sum + fen, 0);
}

function refresh() {
  const chosen = form.querySelector("input[name=package]:checked");
  const single = Boolean(chosen) && chosen.value === "free";
  const list = form.querySelector("[data-free]");
  if (list) list.hidden = !single;
  const sum = single ? sumOfSingles() : Number((chosen && chosen.dataset.fen) || 0);
  const usable = Number(form.dataset.usable);
  const left = form.querySelector("[data-left]");
  const word = sum > usable ? left.dataset.overWord : left.dataset.leftWord;
  form.querySelector("[data-sum]").textContent = yuan(sum);
  left.textContent = word.replace("{sum}", yuan(Math.abs(usable - sum)));
  left.classList.toggle("warn-t", sum > usable);
  const bar = form.querySelector("[data-bar]");
  bar.setAttribute("width", `${usable ? Math.min(100, (100 * sum) / usable) : 0}%`);
  bar.classList.toggle("b3", sum > usable);
  form.querySelector("[data-meter]").hidden = false;
}

/* The address stands there only for who has it sent home, and to be typed only where no saved one is taken. */
function showAddress() {
  const home = form.querySelector("[data-address]");
  if (!home) return;
  home.hidden = !form.querySelector("input[name=slot][value=home]").checked;
  const saved = form.querySelector("input[name=address_id]:checked");
  home.querySelector("[data-typed]").hidden = Boolean(saved && saved.value);
}

if (form) {
  form.addEventListener("change", () => {
    refresh();
    showAddress();
  });
  refresh();
  showAddress();
}
