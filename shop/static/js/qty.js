/* Minus and plus beside a quantity. A form with data-autosubmit is sent shortly after the last change. */

const SEND_AFTER_MS = 600;
const timers = new WeakMap();

function within(input, wanted) {
  const least = Number(input.min || 1);
  const most = input.max ? Number(input.max) : 999;
  return Math.min(Math.max(Number.isInteger(wanted) ? wanted : least, least), most);
}

function refresh(group) {
  const input = group.querySelector("input");
  const value = Number(input.value);
  group.querySelector("[data-step='-1']").disabled = value <= Number(input.min || 1);
  group.querySelector("[data-step='1']").disabled = Boolean(input.max) && value >= Number(input.max);
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
  input.addEventListener("change", () => {
    input.value = within(input, Number(input.value));
    refresh(group);
    if (input.form && "autosubmit" in input.form.dataset) sendLater(input.form);
  });
  refresh(group);
}
