/* Suggestions while typing, as an ARIA combobox. The form works without it. */

const WAIT_MS = 150;

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function nameWithMark(name, typed) {
  const line = document.createElement("span");
  const pieces = typed ? name.split(new RegExp(`(${escaped(typed)})`, "i")) : [name];
  pieces.forEach((piece, place) => {
    const part = place % 2 ? document.createElement("mark") : document.createElement("span");
    part.textContent = piece;
    line.append(part);
  });
  return line;
}

function attach(form, number) {
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  let items = [];
  let active = -1;
  let timer = 0;
  let latest = 0;

  list.id = `suggest-${number}`;
  list.className = "sugg";
  list.role = "listbox";
  list.hidden = true;
  list.setAttribute("aria-label", input.getAttribute("aria-label"));
  form.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    active = (place + items.length) % items.length;
    [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === active)));
    input.setAttribute("aria-activedescendant", list.children[active].id);
  }

  function show(found) {
    items = found;
    list.replaceChildren(
      ...items.map((item, place) => {
        const row = document.createElement("li");
        row.id = `${list.id}-${place}`;
        row.role = "option";
        row.setAttribute("aria-selected", "false");
        row.append(nameWithMark(item.name, input.value.trim()));
        if (item.hint) {
          const hint = document.createElement("span");
          hint.className = "py";
          hint.textContent = item.hint;
          row.append(hint);
        }
        row.addEventListener("mousedown", (event) => {
          event.preventDefault();
          location.assign(item.href);
        });
        return row;
      }),
    );
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    active = -1;
  }

  async function ask() {
    const typed = input.value.trim();
    const mine = (latest += 1);
    if (!typed) return close();
    const address = new URL(form.dataset.suggest, location.href);
    address.searchParams.set("q", typed);
    address.searchParams.set("lang", document.documentElement.lang.slice(0, 2));
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok || mine !== latest) return;
    show((await answer.json()).items || []);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? active + 1 : active < 0 ? items.length - 1 : active - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      location.assign(items[active].href);
    } else if (event.key === "Escape") {
      close();
    }
  });
  input.addEventListener("blur", close);
}

document.querySelectorAll("form[data-suggest]").forEach(attach);
