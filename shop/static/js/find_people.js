/* Without a network nobody looks a pickup code up: the keeper finds the person by name, or by the end of a parcel's code,
   and writes the code down. The shop looks at it when there is a network again. */

const place = document.querySelector("[data-find-people]");

function found(row, typed) {
  const parcels = [...row.querySelectorAll("[data-parcel]")].filter((one) => !one.hidden);
  const ends = parcels.some((one) => one.dataset.parcel.toLowerCase().endsWith(typed));
  return parcels.length > 0 && (ends || row.dataset.name.toLowerCase().includes(typed));
}

function box(parcel, copy) {
  const line = copy.content.firstElementChild.cloneNode(true);
  const tick = line.querySelector("input");
  tick.value = parcel.dataset.parcel;
  tick.checked = "here" in parcel.dataset;
  tick.disabled = "recalled" in parcel.dataset;
  line.querySelector("label").append(parcel.textContent.trim());
  return line;
}

function start() {
  const field = place.querySelector("[data-find]");
  const rows = [...place.querySelectorAll("[data-name]")];
  const form = place.querySelector("form");
  const boxes = form.querySelector("[data-boxes]");
  const nobody = place.querySelector("[data-nobody]");

  function look() {
    const typed = field.value.trim().toLowerCase();
    let left = typed ? 8 : 0;
    for (const row of rows) {
      row.hidden = !(left > 0 && found(row, typed));
      if (!row.hidden) left -= 1;
    }
    nobody.hidden = !typed || rows.some((row) => !row.hidden);
    form.hidden = true;
  }

  function cover() {
    const ticked = [...boxes.querySelectorAll("input:checked")];
    form.dataset.covers = ticked.map((one) => `${place.dataset.base || "/point/parcels/"}${one.value}`).join(" ");
  }

  function pick(row) {
    form.elements.order.value = row.dataset.order;
    form.elements.code.value = "";
    form.querySelector("[data-who]").textContent = row.dataset.name;
    form.dataset.press = form.dataset.words.replace("{name}", row.dataset.name);
    const shown = [...row.querySelectorAll("[data-parcel]")].filter((one) => !one.hidden);
    boxes.replaceChildren(...shown.map((one) => box(one, form.querySelector("template"))));
    cover();
    for (const other of rows) other.hidden = other !== row;
    form.hidden = false;
    form.elements.code.focus();
  }

  field.addEventListener("input", look);
  boxes.addEventListener("change", cover);
  for (const row of rows) row.querySelector("button").addEventListener("click", () => pick(row));
  document.addEventListener("phone-kept", () => {
    field.value = "";
    look();
    if (field.offsetParent) field.focus();
  });
}

if (place) start();
