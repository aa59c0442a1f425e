/* Who signs out, or signs in, leaves no pages behind for whoever has the phone next. What was pressed without a network
   stays, and waits for the same person. */

/* A worker may have a page on its way: it must not keep it afterwards. */
function tellWorker(worker) {
  return new Promise((resolve) => {
    const line = new MessageChannel();
    line.port1.onmessage = resolve;
    worker.postMessage({ forget: true }, [line.port2]);
  });
}

async function forgetPages() {
  if (!("caches" in self) || !navigator.serviceWorker) return;
  for (const { active } of await navigator.serviceWorker.getRegistrations()) if (active) await tellWorker(active);
  for (const name of await caches.keys()) if (/^phone:[^:]+:pages:/.test(name)) await caches.delete(name);
}

if (document.querySelector("form[data-changes-person=now]")) forgetPages().catch(() => {});

for (const form of document.querySelectorAll("form[data-changes-person]:not([data-changes-person=now])")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await Promise.race([forgetPages().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 2000))]);
    form.submit();
  });
}
