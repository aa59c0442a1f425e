/* Minus and plus beside a quantity. A form with data-autosubmit is sent shortly after the last change.
   What somebody typed is never changed behind their back: what cannot be ordered is said, with the reason. */

const SEND_AFTER_MS = 600;
const timers = new WeakMap();

function within(input, wanted) {
  const least = Number(input.min || 1);
  const most = input.max ? Number(input.max) : Infinity;
  return Math.min(Math.max(Number.isInteger(wanted) ? wanted : least, least), most);
}

function refresh(group) {
  const input = group.querySelector("input");
  const value = Number(input.value);
  input.classList.toggle("is-long", input.value.length > 4);
  group.querySelector("[data-step='-1']").disabled = value <= Number(input.min || 1);
  group.querySelector("[data-step='1']").disabled = Boolean(input.max) && value >= Number(input.max);
}

function isGood(group, input) {
  input.setCustomValidity("");
  if (input.validity.valid) return true;
  const { whole, least, most, mostLeft } = group.dataset;
  const over = "left" in input.dataset ? mostLeft : most;
  const { rangeOverflow, rangeUnderflow } = input.validity;
  const said = (rangeOverflow && over) || (rangeUnderflow && least) || whole;
  input.setCustomValidity(said.replace("{most}", input.max).replace("{least}", input.min));
  input.reportValidity();
  return false;
}

function sendLater(form) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => form.requestSubmit(), SEND_AFTER_MS));
}

for (const group of document.querySelectorAll("[data-qty]")) {
  const input = group.querySelector("input");
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    input.value = within(input, Number(input.value) + Number(button.dataset.step));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  for (const key of input.form ? input.form.querySelectorAll("[data-set]") : []) {
    key.hidden = false;
    key.addEventListener("click", () => {
      input.value = key.dataset.set;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  input.form?.addEventListener("reset", () => setTimeout(() => refresh(group)));
  input.addEventListener("input", () => input.setCustomValidity(""));
  input.addEventListener("change", () => {
    refresh(group);
    const good = isGood(group, input);
    if (good && input.form && "autosubmit" in input.form.dataset) sendLater(input.form);
  });
  refresh(group);
}
