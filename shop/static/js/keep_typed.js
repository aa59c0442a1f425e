/* What was typed into a long form outlives a change of language, after which the page is another one. It is kept in this
   tab for that one step; tokens, which belong to one page, are not. */

const KEY = "typed";
const PASSED_OVER = new Set(["hidden", "password", "file", "submit", "button"]);
const form = document.querySelector("[data-keep-typed]");
const fields = () => [...form.elements].filter((one) => one.name && !PASSED_OVER.has(one.type));
const isTicked = (field) => field.type === "radio" || field.type === "checkbox";

function keep() {
  // Where a browser keeps nothing, the form is empty afterwards, as it was before.
  const typed = fields()
    .filter((field) => !isTicked(field) || field.checked)
    .map((field) => [field.name, field.value]);
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, typed }));
  } catch (refused) {
    return;
  }
}

function taken() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || "{}");
    sessionStorage.removeItem(KEY);
    return kept;
  } catch (refused) {
    return {};
  }
}

function putBack() {
  const kept = taken();
  if (kept.path !== location.pathname) return;
  for (const field of fields()) {
    const values = kept.typed.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isTicked(field)) field.checked = values.includes(field.value);
    else if (values.length) [field.value] = values;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

if (form) {
  for (const language of document.querySelectorAll("form.lang")) language.addEventListener("submit", keep);
  putBack();
}
