/* Asks the browser for a passkey, or to make one, and sends its answer with the form that stands around. Without script, or
   in a browser that keeps none, the button does not show. */

const fromText = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

const named = (keys) => keys.map((key) => ({ ...key, id: fromText(key.id) }));

const asked = {
  get: (options) => ({
    ...options,
    challenge: fromText(options.challenge),
    allowCredentials: named(options.allowCredentials),
  }),
  create: (options) => ({
    ...options,
    challenge: fromText(options.challenge),
    user: { ...options.user, id: fromText(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  }),
};

/* What the shop reads, with every buffer as text. */
function told(key) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (key.response[name]) response[name] = toText(key.response[name]);
  }
  if (key.response.getTransports) response.transports = key.response.getTransports();
  return JSON.stringify({ id: key.id, rawId: toText(key.rawId), type: key.type, response, clientExtensionResults: {} });
}

async function ask(place) {
  const token = place.closest("form").elements.csrf_token.value;
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const answer = await fetch(place.dataset.options, { method: "POST", headers });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  return said;
}

function send(place, said, key) {
  const form = place.closest("form");
  place.querySelector("[name=passkey_answer]").value = told(key);
  place.querySelector("[name=passkey_asked]").value = said.asked;
  form.submit();
}

function say(place, error) {
  const line = place.querySelector("[data-passkey-said]");
  const ofBrowser = error instanceof DOMException;
  line.textContent = ofBrowser ? place.dataset.gone : place.dataset.fails;
  line.hidden = false;
}

let offered; // the quiet question in the list of the address field, which the button's question ends

async function press(place, kind) {
  place.querySelector("[data-passkey-said]").hidden = true;
  if (offered) offered.abort();
  try {
    const said = await ask(place);
    const key = await navigator.credentials[kind]({ publicKey: asked[kind](said.options) });
    send(place, said, key);
  } catch (error) {
    say(place, error);
  }
}

async function offerQuietly(place) {
  const canOffer = PublicKeyCredential.isConditionalMediationAvailable;
  if (!canOffer || !(await canOffer.call(PublicKeyCredential))) return;
  const said = await ask(place);
  offered = new AbortController();
  const publicKey = asked.get(said.options);
  const key = await navigator.credentials.get({ publicKey, mediation: "conditional", signal: offered.signal });
  if (key) send(place, said, key);
}

if (self.PublicKeyCredential && navigator.credentials) {
  for (const place of document.querySelectorAll("[data-passkey]")) {
    const button = place.querySelector("[data-passkey-press]");
    const without = place.querySelector("[data-passkey-without]");
    if (without) without.hidden = true;
    button.hidden = false;
    button.addEventListener("click", () => press(place, place.dataset.passkey));
    if ("autofill" in place.dataset) offerQuietly(place).catch(() => {});
  }
}
