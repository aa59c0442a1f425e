/* A form whose answer is a file: the page that sent it is read anew, because what can be done next has changed. */

async function fetched(form) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
  const [, name] = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "") ?? [];
  return answer.ok && name ? { name, content: await answer.blob() } : null;
}

function keep({ name, content }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
}

for (const form of document.querySelectorAll("[data-file-form] form[method=post]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.submitter.disabled = true;
    const file = await fetched(form).catch(() => null);
    if (!file) {
      form.submit(); // no file but a page: the browser shows it
      return;
    }
    keep(file);
    location.reload();
  });
}
