// Searching and filtering the list, which is all here already.

// Kept here, since the list is exchanged after each action and the filter has to stay.
const chosen = { text: "", state: "all" };

export function setUp(root) {
  const table = root.querySelector("#flows");
  if (!table) return;
  const search = root.querySelector("#search");
  const states = Array.from(root.querySelectorAll("#states input"));
  search.value = chosen.text;
  for (const radio of states) radio.checked = radio.value === chosen.state;
  search.addEventListener("input", () => filter(table, { text: search.value }));
  for (const radio of states) radio.addEventListener("change", () => filter(table, { state: radio.value }));
  root.querySelector("#clear").addEventListener("click", () => {
    search.value = "";
    for (const radio of states) radio.checked = radio.value === "all";
    filter(table, { text: "", state: "all" });
    search.focus();
  });
  if (chosen.text || chosen.state !== "all") filter(table, {});
}

function filter(table, wanted) {
  Object.assign(chosen, wanted);
  const words = chosen.text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  // A question must not stay when its row is hidden.
  for (const ask of table.querySelectorAll(".ask")) ask.remove();
  for (const row of table.tBodies[0].rows) {
    const { text, state } = row.dataset;
    const fits = words.every((word) => text.includes(word)) && ["all", state].includes(chosen.state);
    row.hidden = !fits;
    shown += fits;
  }
  table.hidden = !shown;
  document.getElementById("nothing").hidden = shown > 0;
  const found = document.getElementById("found");
  found.textContent = found.dataset.words.replace("{shown}", shown).replace("{all}", table.tBodies[0].rows.length);
}
