/* Keeps the total of a sale in sight while goods are tapped. Only shows; the shop says the total. */

const form = document.querySelector("form[data-till]");

function refresh() {
  const rows = [...form.querySelectorAll("[data-fen]")];
  const fen = rows.reduce(
    (sum, row) => sum + Number(row.dataset.fen) * (Number(row.querySelector("input").value) || 0),
    0,
  );
  form.querySelector("[data-total]").textContent = `¥${(fen / 100).toFixed(2)}`;
  form.querySelector("[data-total-row]").hidden = false;
}

if (form) {
  form.addEventListener("change", refresh);
  form.addEventListener("input", refresh);
  refresh();
}
