/* "念给我听": the phone reads the tasks of this screen. */

for (const button of document.querySelectorAll("[data-read-aloud]")) {
  if (!("speechSynthesis" in window)) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const pieces = [document.querySelector("h1"), ...document.querySelectorAll("[data-read]")];
    const speech = new SpeechSynthesisUtterance(pieces.map((piece) => piece?.innerText || "").join("。"));
    speech.lang = "zh-CN";
    speechSynthesis.cancel();
    speechSynthesis.speak(speech);
  });
}
