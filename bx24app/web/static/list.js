// The list of flows: what is looked at, and rows that change while everything else stands still.

const GUARD = 500;
const view = { query: "" };
// What is said in a row, with its way back, stays until it is dismissed, also in a list shown anew.
const said = new Map();
let guard = 0;
// The flow that was opened last, where one comes back to.
let opened = "";

// Whatever leads back to the list keeps what was searched, filtered and sorted.
export function headers() {
  const version = document.getElementById("version")?.value ?? view.version ?? "";
  const query = new URLSearchParams(view.query);
  if (version) query.set("version", version);
  return { "X-View": query.toString() };
}

export function setUp(root) {
  const shown = root.querySelector("#shown");
  if (!shown) return;
  view.query = shown.dataset.view;
  for (const [row, note] of said) bringBack(row, note);
  remember(root);
}

// A click soon after a swap may have been meant for what stood there before.
export function guardClicks(main) {
  main.classList.add("just-swapped");
  clearTimeout(guard);
  guard = setTimeout(() => main.classList.remove("just-swapped"), GUARD);
}

// A row was exchanged: its question is answered, and it may be in another state now.
export function rowSwapped(before, id) {
  const row = document.getElementById(id);
  document.getElementById(`${id}-ask`)?.remove();
  if (!row) return;
  count(before, -1);
  count(row.dataset.state, 1);
  said.delete(id);
  remember(row.parentElement);
}

// A row is gone: the next one takes over.
export function rowDeleted(gone, state) {
  for (const one of [state, "all"]) count(one, -1);
  let row = gone;
  while (row && !row.id) row = row.nextElementSibling;
  row ??= gone.previousElementSibling ?? document.querySelector("#main h1");
  row.focus();
}

// The row of a flow that was opened and left again, if the list still shows it.
export function origin() {
  const row = opened && document.getElementById(opened);
  // Not on the page that was opened, which has no rows.
  if (row) opened = "";
  return row || null;
}

export function dismiss(button) {
  const note = button.closest(".said");
  const row = note.closest("tr");
  said.delete(row.id);
  note.remove();
  if (row.classList.contains("gone")) row.remove();
  else row.focus({ preventScroll: true });
}

function bringBack(id, note) {
  const place = document.getElementById(`said-${id.slice(5)}`);
  if (!place || place.firstElementChild) return;
  place.append(note.cloneNode(true));
  htmx.process(place);
}

function remember(root) {
  for (const note of root.querySelectorAll("tr[id] .said:not(.bad)")) said.set(note.closest("tr").id, note.cloneNode(true));
}

function count(state, change) {
  const shown = document.querySelector(`[data-count="${state}"]`);
  if (shown) shown.textContent = String(Number(shown.textContent) + change);
}

function closeMenus(except) {
  for (const button of document.querySelectorAll('[data-menu][aria-expanded="true"]')) {
    if (button === except) continue;
    button.setAttribute("aria-expanded", "false");
    document.getElementById(button.getAttribute("aria-controls")).hidden = true;
  }
}

function toggleMenu(button) {
  const items = document.getElementById(button.getAttribute("aria-controls"));
  closeMenus(button);
  items.hidden = !items.hidden;
  button.setAttribute("aria-expanded", String(!items.hidden));
  if (items.hidden) return;
  // The frame ends with the page, so a menu of the last rows opens upwards if there is room.
  items.classList.remove("up");
  const { top, height, bottom } = items.getBoundingClientRect();
  const edge = document.querySelector(".page").getBoundingClientRect().bottom;
  items.classList.toggle("up", bottom > edge && top > height + 60);
  items.firstElementChild.focus({ preventScroll: true });
  items.dispatchEvent(new CustomEvent("popup", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (button) return toggleMenu(button);
  const row = event.target.closest("tr[id]");
  if (row && event.target.closest('[hx-target="#main"]')) opened = row.id;
  closeMenus();
});

document.addEventListener("keydown", (event) => {
  const items = event.target.closest?.(".menu-items");
  if (!items) return;
  const button = document.querySelector(`[aria-controls="${items.id}"]`);
  if (event.key === "Escape") {
    closeMenus();
    button.focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const all = Array.from(items.children);
    const next = all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
    all[(next + all.length) % all.length].focus();
  }
});

// Leaving a menu with the Tab key closes it.
document.addEventListener("focusin", (event) => {
  if (!event.target.closest(".menu")) closeMenus();
});
