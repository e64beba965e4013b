// What a page gains with JavaScript: a theme that is chosen, search, keys, and line numbers that put
// their line into the address when they are clicked. Nothing depends on it.
import { startSearch } from "./search.js";

const root = document.documentElement;
const button = document.querySelector("button.theme");
const system = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
}

function label() {
  button.textContent = isDark() ? "Light" : "Dark";
  button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
}

button.addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  root.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  label();
});
system.addEventListener("change", label);
button.hidden = false;
label();

startSearch();

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLElement &&
    (event.target.isContentEditable || /^(INPUT|TEXTAREA|SELECT|PRE)$/.test(event.target.tagName));
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowLeft") document.querySelector("a[rel=prev]")?.click();
  if (event.key === "ArrowRight") document.querySelector("a[rel=next]")?.click();
});

document.addEventListener("click", ({ target, offsetX }) => {
  if (!(target instanceof HTMLElement) || !target.matches(".fence .l[id]")) return;
  // The number stands in the padding before the text.
  if (offsetX < parseFloat(getComputedStyle(target).paddingLeft)) location.hash = target.id;
});
