// The form's inputs that depend on one another, and what happens to a form that is not sent.

import * as drafts from "./drafts.js";
import * as picker from "./picker.js";

// Milliseconds without typing after which a draft is kept.
const PAUSE = 300;
// Inputs that belong to the page, not to what a person typed.
const OURS = ["flow", "base", "shown"];
// The form as it was opened; with errors or conflicts it comes again as it was typed.
let pristine = {};
const NUMBER = /^\s*\d+([.,]\d+)?\s*$/;

export function setUp(root) {
  const form = root.querySelector("#form");
  if (!form) return;
  picker.setUp(form);
  form.dataset.kind = kindOf(form);
  form.addEventListener("change", (event) => {
    if (event.target.name === "distributionType") distribute(form, event.target.value);
    if (event.target.id === "unit") skipHolidays(form, event.target.value);
  });
  form.addEventListener("input", (event) => {
    const box = document.getElementById(event.target.dataset.switches);
    // Whoever types a limit wants it on.
    if (box && event.target.value) box.checked = true;
    clearProblem(event.target);
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches(".picker")) clearProblem(event.target.querySelector("[role=combobox]"));
  });
  form.querySelector("#matchWorkTime").addEventListener("click", (event) => {
    // Not `disabled`: such a box is not sent and cannot be reached by keyboard.
    if (event.target.getAttribute("aria-disabled")) event.preventDefault();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  checkOnLeaving(form);
  keepDrafts(form);
}

function kindOf(form) {
  return new FormData(form).get("distributionType") ?? "";
}

function chipsOf(form, kind) {
  return form.querySelector(`.chips[data-list="${kind}"]`);
}

// Each kind of distribution keeps its own people; only those of the chosen kind are seen.
function distribute(form, kind) {
  carryOver(form, form.dataset.kind, kind);
  form.dataset.kind = kind;
  for (const part of form.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(kind);
  }
  for (const element of form.querySelectorAll("[data-picker]")) element.dispatchEvent(new Event("fold"));
}

// The people go along to a kind that has none yet, as far as it takes them.
function carryOver(form, before, kind) {
  const from = chipsOf(form, before);
  const to = chipsOf(form, kind);
  if (!from || !to || from === to || to.children.length) return;
  // The moderator that a new form proposes was chosen by nobody.
  if (before === "manually" && "preset" in from.dataset) return;
  for (const chip of from.children) {
    const [type] = JSON.parse(chip.querySelector("input").value);
    if (type !== "user" && kind !== "himself") continue;
    if (kind === "manually" && to.children.length) break;
    const copy = chip.cloneNode(true);
    copy.querySelector("input").name = kind;
    to.append(copy);
  }
}

// As in Bitrix24: a deadline in hours always skips weekends.
function skipHolidays(form, unit) {
  const box = form.querySelector("#matchWorkTime");
  const note = form.querySelector("[data-units]");
  const always = note.dataset.units.split(" ").includes(unit);
  if (always) box.checked = true;
  box.toggleAttribute("aria-disabled", false);
  if (always) box.setAttribute("aria-disabled", "true");
  box.parentElement.classList.toggle("locked", always);
  note.hidden = !always;
}

// What has to be filled in is checked when somebody leaves it, not before.
function checkOnLeaving(form) {
  let pressed = false;
  document.addEventListener("pointerdown", () => (pressed = true), true);
  document.addEventListener("pointerup", () => (pressed = false), true);
  form.addEventListener("focusout", (event) => {
    const field = event.target.closest("[data-picker]") ?? event.target;
    if (!event.target.dataset.missing || field.contains(event.relatedTarget)) return;
    const check = () => form.isConnected && checkField(form, event.target);
    // A line that appears while the mouse is down would move the button away from under it.
    if (pressed) document.addEventListener("click", () => setTimeout(check, 150), { once: true });
    else check();
  });
}

function checkField(form, input) {
  // A question below the field is not answered yet.
  if (input.closest(".field")?.querySelector(".ask")) return;
  if (input.getAttribute("aria-invalid") || input === document.activeElement) return;
  const chips = input.closest("[data-picker]")?.querySelector(".chips:not([hidden])");
  const empty = chips ? !chips.children.length && !input.value.trim() : !input.value.trim();
  if (empty) showProblem(input, input.dataset.missing);
  else if (input.dataset.wrong && !NUMBER.test(input.value)) showProblem(input, input.dataset.wrong);
}

function showProblem(input, text) {
  const line = document.getElementById("problem-line").content.firstElementChild.cloneNode(true);
  line.id = `${input.id}-error`;
  line.querySelector("span").textContent = text;
  (input.closest(".picker, .inline") ?? input).after(line);
  input.closest(".picker")?.classList.add("invalid");
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", `${line.id} ${input.getAttribute("aria-describedby") ?? ""}`.trim());
}

function clearProblem(input) {
  if (!input?.getAttribute("aria-invalid")) return;
  input.removeAttribute("aria-invalid");
  input.closest(".picker")?.classList.remove("invalid");
  document.getElementById(`${input.id}-error`)?.remove();
  const others = (input.getAttribute("aria-describedby") ?? "").replace(`${input.id}-error`, "").trim();
  if (others) input.setAttribute("aria-describedby", others);
  else input.removeAttribute("aria-describedby");
}

// What is typed is kept until it is sent or thrown away, and offered when the form is opened again.
function keepDrafts(form) {
  const key = form.elements.flow.value || "new";
  if (!("changed" in form.dataset)) pristine = { key, text: textOf(form) };
  const before = pristine.key === key ? pristine.text : "";
  let timer = null;
  let finished = false;
  const changed = () => textOf(form) !== before;
  const keep = () => {
    if (finished || !form.isConnected) return;
    if (changed()) drafts.keep(key, entriesOf(form));
    else drafts.drop(key);
  };
  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    });
  }
  const finish = () => {
    finished = true;
    drafts.drop(key);
  };
  form.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
    // An answer without a form means that what was typed is in the portal now.
    if (elt === form && xhr.status < 400 && !xhr.response.includes('id="form"')) finish();
  });
  // Whatever takes the form away, its last letters are in the draft.
  const main = document.getElementById("main");
  const last = ({ target }) => {
    // Parts of the page are exchanged too, the sentences for one.
    if (target !== main) return;
    keep();
    main.removeEventListener("htmx:beforeSwap", last);
  };
  main.addEventListener("htmx:beforeSwap", last);
  askBeforeCancel(form, changed, finish);
  const draft = drafts.recall(key);
  if (draft && !("changed" in form.dataset) && plain(draft.entries) !== before) offer(form, draft, finish);
  else if ("changed" in form.dataset) keep();
}

function entriesOf(form) {
  return Array.from(new FormData(form));
}

function plain(entries) {
  return JSON.stringify(entries.filter(([name]) => !OURS.includes(name)));
}

function textOf(form) {
  return plain(entriesOf(form));
}

function offer(form, draft, forget) {
  const panel = document.getElementById("draft").content.firstElementChild.cloneNode(true);
  const time = panel.querySelector("time");
  time.dateTime = draft.at;
  time.textContent = new Date(draft.at).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  panel.querySelector("[data-restore]").addEventListener("click", () => {
    const values = new FormData();
    for (const [name, value] of draft.entries) values.append(name, value);
    htmx.ajax("POST", form.dataset.restore, { target: "#main", source: form.querySelector("#cancel"), values });
  });
  panel.querySelector("[data-forget]").addEventListener("click", () => {
    drafts.drop(form.elements.flow.value || "new");
    panel.remove();
    form.elements.name.focus();
  });
  form.before(panel);
}

function askBeforeCancel(form, changed, finish) {
  const cancel = form.querySelector("#cancel");
  const leave = (event) => {
    if (!changed()) return;
    // Before htmx, which listens at the same button, sends anything.
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.querySelector("#leave")) return;
    const panel = document.getElementById("leaving").content.firstElementChild.cloneNode(true);
    panel.querySelector("[data-discard]").addEventListener("click", () => {
      finish();
      htmx.ajax("GET", document.getElementById("main").dataset.flows, "#main");
    });
    cancel.parentElement.after(panel);
    panel.querySelector("[data-discard]").focus();
  };
  cancel.addEventListener("click", leave, true);
}
