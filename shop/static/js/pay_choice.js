/* The button says what it does for the chosen way to pay: a transfer is made elsewhere, and not here. */

const form = document.querySelector("#pay");

function say() {
  const way = form.elements.payment_method?.value;
  for (const button of document.querySelectorAll("[data-pay-word]")) {
    const { payWord, transferWord, accountWord } = button.dataset;
    button.textContent = { bank_transfer: transferWord, on_account: accountWord }[way] || payWord;
  }
}

form.addEventListener("change", say);
addEventListener("pageshow", say);
say();
