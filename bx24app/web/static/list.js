// The list of flows: what is looked at, and rows that change while everything else stands still.

import { plural } from "./plural.js";

const GUARD = 500;
const view = { query: "" };
// What is said in a row, with its way back, stays until it is dismissed, also in a list shown anew.
const said = new Map();
// Flows that were chosen for one change; they stay so while one turns pages, filters and sorts.
const chosen = new Set();
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
  // A plan was made of the choice.
  if (root.querySelector(".planned")) chosen.clear();
  const shown = root.querySelector("#shown");
  if (!shown) return;
  view.query = shown.dataset.view;
  for (const [row, note] of said) bringBack(row, note);
  remember(root);
  showChosen();
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
  showChosen();
}

// A row is gone: the next one takes over.
export function rowDeleted(gone, state) {
  for (const one of [state, "all"]) count(one, -1);
  let row = gone;
  while (row && !row.id) row = row.nextElementSibling;
  row ??= gone.previousElementSibling ?? document.querySelector("#main h1");
  row.focus();
  chosen.delete(gone.querySelector("[data-choose]")?.value);
  showChosen();
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

function showChosen() {
  const bar = document.getElementById("chosen");
  if (!bar) return;
  const boxes = Array.from(document.querySelectorAll("[data-choose]"));
  for (const box of boxes) box.checked = chosen.has(box.value);
  const all = document.querySelector("[data-choose-all]");
  const some = boxes.filter((box) => box.checked).length;
  if (all) Object.assign(all, { checked: some > 0 && some === boxes.length, indeterminate: some > 0 && some < boxes.length });
  bar.hidden = chosen.size === 0;
  document.getElementById("chosen-ids").value = Array.from(chosen).join();
  const told = document.getElementById("chosen-count");
  told.textContent = plural(told.dataset, chosen.size);
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-choose], [data-choose-all]")) return;
  const boxes = "choose" in target.dataset ? [target] : document.querySelectorAll("[data-choose]");
  for (const box of boxes) chosen[target.checked ? "add" : "delete"](box.value);
  showChosen();
});

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
  if (event.target.id === "choose-none") {
    chosen.clear();
    showChosen();
    document.querySelector("[data-choose]")?.focus();
  }
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
