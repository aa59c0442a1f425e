/* A poster of one product, drawn on this phone from what the page holds, with the phone's own letters; nothing is loaded from elsewhere. */
const place = document.querySelector("[data-share]");
const WIDTH = 720;
const SIDE = 48;
const INK = "#1b2e27";
const SOFT = "#4a5d55";

function picture(address) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("a picture did not come"));
    image.src = address;
  });
}

async function code() {
  const drawn = place.querySelector("svg").cloneNode(true);
  drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  drawn.setAttribute("width", "400");
  drawn.setAttribute("height", "400");
  const address = URL.createObjectURL(new Blob([drawn.outerHTML], { type: "image/svg+xml" }));
  try {
    return await picture(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

/* Words where there are blanks, else signs: Chinese breaks anywhere. */
function lines(pen, text, width, most) {
  const parts = text.match(/[\u0020-\u024f]+?(?:\s|$)|[^\u0020-\u024f]|./gu) || [];
  const found = [""];
  for (const part of parts) {
    if (pen.measureText(found[found.length - 1] + part).width > width && found[found.length - 1]) found.push("");
    found[found.length - 1] += part;
  }
  if (found.length <= most) return found;
  return [...found.slice(0, most - 1), `${found[most - 1].slice(0, -1)}…`];
}

async function poster() {
  const { name, line, village, price, pack, shop, hint } = place.dataset;
  const [photo, qr] = await Promise.all([picture(place.dataset.picture), code()]);
  const sheet = document.createElement("canvas");
  const pen = sheet.getContext("2d");
  const letters = getComputedStyle(document.body).fontFamily;
  const write = (size, weight, colour) => {
    pen.font = `${weight} ${size}px ${letters}`;
    pen.fillStyle = colour;
  };
  write(44, 700, INK);
  const named = lines(pen, name, WIDTH - 2 * SIDE, 2);
  write(28, 400, SOFT);
  const told = line ? lines(pen, line, WIDTH - 2 * SIDE, 2) : [];
  sheet.width = WIDTH;
  sheet.height = WIDTH + 72 + named.length * 56 + told.length * 40 + 320;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(photo, 0, 0, WIDTH, WIDTH);
  let y = WIDTH + 68;
  write(44, 700, INK);
  for (const one of named) { pen.fillText(one, SIDE, y); y += 56; }
  write(28, 400, SOFT);
  for (const one of told) { pen.fillText(one, SIDE, y); y += 40; }
  const below = y + 20;
  write(56, 700, "#b23a14");
  pen.fillText(price, SIDE, below + 60);
  write(28, 400, SOFT);
  pen.fillText(pack, SIDE, below + 108);
  if (village) pen.fillText(village, SIDE, below + 150);
  write(24, 400, SOFT);
  pen.fillText(shop, SIDE, below + 214, WIDTH - 3 * SIDE - 220);
  pen.drawImage(qr, WIDTH - SIDE - 220, below, 220, 220);
  write(20, 400, SOFT);
  pen.textAlign = "center";
  pen.fillText(hint, WIDTH - SIDE - 110, below + 250, 240);
  return new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
}

async function show() {
  const drawn = await poster();
  const address = URL.createObjectURL(drawn);
  document.querySelector("[data-poster-shown]").src = address;
  document.querySelector("[data-poster-save]").href = address;
  document.querySelector("[data-poster]").hidden = false;
  const file = new File([drawn], "poster.png", { type: "image/png" });
  if (navigator.canShare && navigator.canShare({ files: [file] })) offer({ files: [file], title: place.dataset.name });
}

function offer(what) {
  const button = document.querySelector("[data-share-send]");
  button.hidden = false;
  button.onclick = () => navigator.share({ ...what, text: `${place.dataset.name} ${place.dataset.link}` }).catch(() => {});
}

if (navigator.share) offer({ title: place.dataset.name, url: place.dataset.link });
show().catch(() => {});
