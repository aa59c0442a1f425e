/* Pictures are dragged into another order; the arrows beside each do the same with the keyboard and without script. */

for (const list of document.querySelectorAll("[data-order]")) {
  const form = document.querySelector(list.dataset.order);
  const places = () => [...list.querySelectorAll(":scope > [data-place]")];
  let dragged = null;

  for (const place of places()) {
    /* Only by its picture: in the fields beside it the pointer marks text. */
    place.querySelector("img, .photo-none").addEventListener("pointerdown", () => (place.draggable = true));
    place.addEventListener("pointerup", () => (place.draggable = false));
    place.addEventListener("dragstart", (event) => {
      dragged = place;
      place.classList.add("dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", place.dataset.place);
    });
    place.addEventListener("dragend", () => {
      place.draggable = false;
      place.classList.remove("dragged");
      for (const other of places()) other.classList.remove("over");
      dragged = null;
    });
    place.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      for (const other of places()) other.classList.toggle("over", other === place && other !== dragged);
    });
    place.addEventListener("drop", (event) => {
      if (!dragged || dragged === place) return;
      event.preventDefault();
      const all = places();
      if (all.indexOf(dragged) < all.indexOf(place)) place.after(dragged);
      else place.before(dragged);
      form.elements.order.value = places().map((one) => one.dataset.place).join(",");
      form.requestSubmit();
    });
  }
}
