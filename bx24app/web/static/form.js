// The form's inputs that depend on one another.

import * as picker from "./picker.js";

export function setUp(root) {
  const form = root.querySelector("#form");
  if (!form) return;
  picker.setUp(form);
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
    if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
  });
}

// Each kind of distribution keeps its own people; only those of the chosen kind are seen.
function distribute(form, kind) {
  for (const part of form.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(kind);
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

function clearProblem(input) {
  if (!input.getAttribute("aria-invalid")) return;
  input.removeAttribute("aria-invalid");
  input.closest(".picker")?.classList.remove("invalid");
  document.getElementById(`${input.id}-error`)?.remove();
}
