/* A form that changes something is first kept on the phone and then sent: what the network loses is not lost. Where
   nothing can be kept, the form is sent as every form is. */

const { face, person } = document.body.dataset;
const COMMA = document.documentElement.lang.startsWith("zh") ? "，" : ", ";
const { phoneStore: store, phoneSending: sending, phoneSigns: signs, phonePhoto: photos } = self;

function nameOf() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const isSaid = (field) => Boolean(field.closest("[data-say]"));

function valueOf(field) {
  if (field.type === "checkbox" && isSaid(field)) return field.checked ? field.value : "";
  if (field.type === "text" && isSaid(field)) return field.value.trim();
  if (field.type === "select-one" && isSaid(field)) return field.selectedOptions[0].textContent.trim();
  if (field.type === "file") return isSaid(field) && field.files.length ? field.files[0].name : "";
  if (field.type === "radio") return field.checked ? field.closest("label").textContent.trim() : "";
  if (field.type === "number") return Number(field.value) ? field.value : "";
  return field.type === "date" && field.offsetParent ? field.value : "";
}

/* What was chosen and typed, as its person would say it. */
function answers(form) {
  const said = [];
  for (const field of form.elements) {
    const value = valueOf(field);
    const sentence = field.closest("[data-say]");
    if (value) said.push(sentence ? sentence.dataset.say.replace("{n}", value) : value);
  }
  return said;
}

/* Several values of one name, or several lines of one field, are sent one by one. */
function fieldsOf(form) {
  const fields = {};
  const said = new FormData(form);
  for (const name of new Set(said.keys())) {
    const texts = said.getAll(name).filter((value) => typeof value === "string");
    const values = texts.flatMap((value) => value.split(/\r?\n/));
    if (name !== "csrf_token" && values.length) fields[name] = values.length > 1 ? values : values[0];
  }
  if (form.dataset.ask) fields.sure = "1";
  return fields;
}

function pressOf(form, button, photo) {
  const fields = fieldsOf(form);
  if (photo) fields.photo = "follows";
  const label = [form.dataset.press, ...answers(form)].join(COMMA);
  return {
    id: nameOf(),
    face,
    person,
    path: form.getAttribute("action"),
    fields,
    at: Date.now(),
    what: form.closest(".scr") || !button ? label : button.textContent.trim(),
    label,
    more: "more" in form.dataset,
    again: "again" in form.dataset,
    covers: (form.dataset.covers || "").split(" ").filter(Boolean),
    state: "waiting",
    tried: false,
    ...(photo && { photo }),
  };
}

/* Without a network the shop cannot ask on a page of its own, so this page does. */
function isSure(form) {
  const dialog = document.querySelector("[data-phone-ask]");
  const lines = [form.dataset.press, ...answers(form)];
  if (!dialog.showModal) return Promise.resolve(confirm([...lines, form.dataset.ask].join("\n")));
  dialog.querySelector("[data-lines]").textContent = lines.join(COMMA);
  dialog.querySelector("[data-asked]").textContent = form.dataset.ask;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function saysSomething(form) {
  const [first] = form.querySelectorAll("[type=number]");
  if (!("some" in form.dataset) || answers(form).length) return true;
  first.setCustomValidity(form.dataset.some);
  first.reportValidity();
  return false;
}

/* The shop's own page would not have the photo, so that this one asks. */
async function askedFirst(form, photo) {
  if (!signs.isOff() && !photo) {
    const { state } = await sending.who(face, person);
    signs.heard(state);
    if (state !== "away") return "by the shop";
  }
  if (!form.reportValidity() || !saysSomething(form)) return "no";
  return (await isSure(form)) ? "yes" : "no";
}

function goOn(form, number, { said }) {
  if (said.form) {
    form.submit(); // the shop shows it again, and says what is wrong
    return;
  }
  if (said.outcome === "applied") signs.sayNext([said.said]);
  location.assign(said.next || location.pathname);
}

/* One form makes many: the next household stands before the scale already. */
function emptyForNext(form) {
  const fields = [...form.querySelectorAll("[data-clear], [data-photo] [type=file]")];
  for (const field of fields) {
    field.value = "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (fields.length) fields[0].focus();
}

/* It waits: seen where it was pressed, or, after a form that filled the screen, on the page that leads there. */
async function show(form) {
  document.dispatchEvent(new CustomEvent("phone-kept"));
  const tab = document.querySelector(".tabbar [aria-current]");
  if (form.closest(".scr") && tab) location.assign(tab.href);
  else {
    await signs.show();
    emptyForNext(form);
  }
}

async function handle(form, button) {
  const photo = await photos.of(form);
  if (form.dataset.ask) {
    const asked = await askedFirst(form, photo);
    if (asked === "by the shop") form.submit();
    if (asked !== "yes") return;
  }
  const press = pressOf(form, button, photo);
  let number = 0;
  try {
    number = await store.add(press);
  } catch (refused) {
    form.submit();
    return;
  }
  if (signs.isOff()) {
    await show(form);
    return;
  }
  const token = form.elements.csrf_token ? form.elements.csrf_token.value : "";
  const { state, done } = await sending.send(face, person, { direct: press.id, token });
  signs.heard(state);
  const own = done.find((one) => one.press.id === press.id);
  if (own) goOn(form, number, own);
  else await show(form);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!person || !form.dataset.press || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  const button = event.submitter || form.querySelector("button:not([type=button])");
  form.dataset.busy = "1";
  if (button) button.setAttribute("aria-busy", "true");
  try {
    await handle(form, button);
  } finally {
    delete form.dataset.busy;
    if (button) button.removeAttribute("aria-busy");
  }
});
