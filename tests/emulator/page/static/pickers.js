/* The portal's own dialogs for people, access and CRM, in which the person chooses for the application.
 *
 * A dismissed dialog gives no answer at all; a confirmed one without a choice gives an empty list.
 */

import { ask } from "./portal.js";

/** Answers with one person, or for `mult` with a list ordered by id. */
export async function selectUser({ title, mult }, reply) {
  const { title: heading, people } = await ask("people");
  const rows = people.map((person) => ({ id: person.id, name: person.name, detail: person.position, person }));
  const sections = [{ name: "", rows }];
  choose({ title: title || heading, multiple: Boolean(mult), sections }, (chosen) => {
    const found = chosen.map((row) => row.person).sort((a, b) => Number(a.id) - Number(b.id));
    reply(mult || found.length === 0 ? found : found[0]);
  });
}

/** Answers with a list of {id, name}: U3, D6 (flat), DR6 (with sub-departments), SG10, AU. */
export async function selectAccess({ value = [] }, reply) {
  const { title, sections } = await ask("access");
  choose({ title, multiple: true, sections, value }, (chosen) => {
    reply(chosen.map(({ id, name }) => ({ id, name })));
  });
}

/** Answers with no element of each type that was asked for: this portal's CRM is empty. */
export async function selectCrm({ entityType = ["lead", "contact", "company", "deal"] }, reply) {
  const { title } = await ask("crm");
  choose({ title, multiple: true, sections: [] }, () => {
    reply(Object.fromEntries([entityType].flat().map((type) => [type, {}])));
  });
}

function choose({ title, multiple, sections, value = [] }, confirmed) {
  const dialog = document.querySelector("template[data-picker]").content.firstElementChild.cloneNode(true);
  dialog.querySelector("[data-title]").textContent = title;
  const rows = sections.flatMap((section) => listed(dialog, section, multiple, value));
  const search = dialog.querySelector("input[type=search]");
  search.addEventListener("input", () => narrow(dialog, rows, search.value));
  search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("submit", () => confirmed(rows.filter((row) => row.input.checked)));
  dialog.addEventListener("close", () => dialog.remove());
  narrow(dialog, rows, "");
  document.body.append(dialog);
  dialog.showModal();
}

function listed(dialog, { name, rows }, multiple, value) {
  const list = dialog.querySelector("[data-list]");
  const heading = list.appendChild(document.createElement("h3"));
  heading.textContent = name;
  heading.hidden = !name;
  return rows.map((row) => {
    const label = dialog.querySelector("template[data-row]").content.firstElementChild.cloneNode(true);
    const input = label.querySelector("input");
    Object.assign(input, { type: multiple ? "checkbox" : "radio", value: row.id, checked: value.includes(row.id) });
    label.querySelector("[data-name]").textContent = row.name;
    label.querySelector("[data-detail]").textContent = row.detail ?? "";
    list.append(label);
    return { ...row, label, input, heading };
  });
}

function narrow(dialog, rows, query) {
  const wanted = query.trim().toLocaleLowerCase();
  const headings = new Set();
  for (const row of rows) {
    const matches = `${row.name} ${row.detail ?? ""}`.toLocaleLowerCase().includes(wanted);
    row.label.hidden = !matches;
    if (matches) headings.add(row.heading);
  }
  for (const { heading } of rows) heading.hidden = !heading.textContent || !headings.has(heading);
  dialog.querySelector("[data-none]").hidden = headings.size > 0;
}
