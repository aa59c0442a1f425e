/* The shop opens without a network too, once it was opened with one. Who saves data is left alone. */

/* Unknown where the browser does not say. A refused page is nothing to be kept, so it is not asked for again. */
const [{ responseStatus = 200 } = {}] = performance.getEntriesByType("navigation");

if ("serviceWorker" in navigator && !navigator.connection?.saveData) {
  const language = document.documentElement.lang.slice(0, 2);
  addEventListener("load", () => {
    navigator.serviceWorker
      .register(`/worker.js?lang=${language}`, { scope: "/", updateViaCache: "none" })
      .then(() => navigator.serviceWorker.controller || navigator.serviceWorker.ready)
      .then((first) => responseStatus < 400 && first.active?.postMessage({ keep: location.href })) // the page that was there before its worker
      .catch(() => {}); // a browser that keeps nothing still shows the shop
  });
}

if (document.querySelector("main .bar-off, .bar-off + main")) addEventListener("online", () => location.reload());
