/* A photo is made small on the phone, so that a bad network can carry it; where that cannot be done it goes as it is. */

const LARGEST = 200_000; // bytes
const TRIES = [[1280, 0.7], [1280, 0.5], [960, 0.5], [720, 0.4], [480, 0.4]]; // longest side in pixels, quality
const making = new WeakMap();

function opened(file) {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.onload = () => resolve(picture);
    picture.onerror = reject;
    picture.src = URL.createObjectURL(file);
  });
}

function drawn(picture, side, quality) {
  const { naturalWidth: width, naturalHeight: height } = picture;
  const part = Math.min(1, side / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * part));
  canvas.height = Math.max(1, Math.round(height * part));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/jpeg", quality);
  });
}

async function small(file) {
  const picture = await opened(file);
  let made = null;
  for (const [side, quality] of TRIES) {
    made = await drawn(picture, side, quality);
    if (made && made.size <= LARGEST) break;
  }
  URL.revokeObjectURL(picture.src);
  return made || file;
}

async function take(input) {
  const [file] = input.files;
  const place = input.closest("[data-photo]");
  const shown = place.querySelector("img");
  if (!file) {
    making.delete(input);
    shown.hidden = true;
    return;
  }
  const made = small(file).catch(() => file);
  making.set(input, made);
  const photo = await made;
  if (input.files[0] !== file) return;
  shown.src = URL.createObjectURL(photo);
  shown.hidden = false;
  place.classList.add("is-taken");
  try {
    const files = new DataTransfer();
    files.items.add(new File([photo], "photo.jpg", { type: photo.type }));
    input.files = files.files; // a form without a press sends the small one too
  } catch (refused) {
    return;
  }
}

/* The bytes of a form's photo; null where there is none, or the phone cannot read it: nothing waits for a photo. */
async function of(form) {
  const input = form.querySelector("[data-photo] [type=file]");
  if (!input || !input.files.length) return null;
  const photo = (await making.get(input)) || input.files[0];
  return new Response(photo).arrayBuffer().catch(() => null);
}

for (const place of document.querySelectorAll("[data-photo]")) {
  const input = place.querySelector("[type=file]");
  place.hidden = false;
  input.addEventListener("change", () => take(input));
}

self.phonePhoto = { of };
