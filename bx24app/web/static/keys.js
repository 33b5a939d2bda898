// Keys for who works without a mouse; they do nothing while somebody types.

const TYPING = "input, textarea, select, [contenteditable]";
// On a Russian keyboard the same keys give other letters.
const RUSSIAN = { т: "n", ".": "/", ",": "?" };

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return "";
  const russian = document.documentElement.lang === "ru" && RUSSIAN[event.key];
  return russian || event.key;
}

function toggleHelp() {
  const help = document.getElementById("shortcuts");
  if (!help) return;
  help.hidden = !help.hidden;
  if (help.hidden) document.querySelector("#main h1")?.focus({ preventScroll: true });
  else help.focus();
}

document.addEventListener("keydown", (event) => {
  const key = pressed(event);
  if (key === "Escape" && event.target.closest?.("#shortcuts")) return toggleHelp();
  const search = document.getElementById("search");
  if (key === "n") document.getElementById("new-flow")?.click();
  else if (key === "/" && search) search.focus();
  else if (key === "?") toggleHelp();
  else return;
  // The letter must not land in the field that has the focus now.
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-shortcuts]")) toggleHelp();
});
