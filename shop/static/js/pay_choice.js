/* The button says what it does for the chosen way to pay: a transfer is made elsewhere, and not here. */

const form = document.querySelector("#pay");

function say() {
  const way = form.elements.payment_method?.value;
  for (const button of document.querySelectorAll("[data-pay-word]")) {
    button.textContent = way === "bank_transfer" ? button.dataset.transferWord : button.dataset.payWord;
  }
}

form.addEventListener("change", say);
addEventListener("pageshow", say);
say();
