/* Reads a QR code with the camera, where the browser can. The camera is asked for when somebody presses, never before;
   where nothing can be read, nothing is shown, and the code is typed as ever. */

const EVERY_MS = 200;
const view = document.querySelector("[data-scan-view]");
const fields = [...document.querySelectorAll("[data-scan]")];

async function canRead() {
  if (!view || !view.showModal || !fields.length || !self.BarcodeDetector || !navigator.mediaDevices) return false;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.includes("qr_code");
}

const pause = () => new Promise((resolve) => {
  setTimeout(resolve, EVERY_MS);
});

/* What the first code before the camera says; empty when its person closed the view. */
async function read(video) {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  while (view.open) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found && found.rawValue) return found.rawValue;
    await pause();
  }
  return "";
}

async function scan(field) {
  const video = view.querySelector("video");
  const said = view.querySelector("[data-scan-said]");
  said.textContent = "";
  view.showModal();
  let stream = null;
  let code = "";
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    await video.play();
    code = await read(video);
  } catch (refused) {
    said.textContent = said.dataset.no;
    return;
  } finally {
    if (stream) for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
  if (view.open) view.close();
  if (!code) return;
  field.removeAttribute("maxlength"); // a label may say a whole address
  field.value = code;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (field.form && field.dataset.scan !== "fill") field.form.requestSubmit();
}

async function offer() {
  if (!(await canRead())) return;
  for (const field of fields) {
    const button = document.querySelector("template[data-scan-button]").content.firstElementChild.cloneNode(true);
    button.addEventListener("click", () => scan(field));
    (field.closest("[data-scan-after]") || field).after(button);
  }
}

offer();
