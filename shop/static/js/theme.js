/* Blocking and tiny: sets the theme before the first paint. */
try {
  document.documentElement.dataset.bsTheme =
    localStorage.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
} catch (refused) {
  /* Storage can be forbidden: the page stays light. */
}
