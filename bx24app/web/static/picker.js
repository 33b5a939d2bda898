// Searching and picking people, departments and projects: a combobox with a list, and chips.
// The server finds and draws the options; what is picked stands in hidden inputs of the form.

import { plural } from "./plural.js";
import { fetchOwn } from "./session.js";

const TYPING = 200;
// Milliseconds after which a slow search says that it is under way.
const SLOW = 300;
// Chips that are shown at once; a longer list is folded.
const MANY = 10;

export function setUp(root) {
  for (const element of root.querySelectorAll("[data-picker]")) new Picker(element);
}

class Picker {
  constructor(element) {
    this.element = element;
    this.input = element.querySelector("[role=combobox]");
    this.list = element.querySelector("[role=listbox]");
    this.single = "single" in element.dataset;
    this.input.addEventListener("input", () => this.search(TYPING));
    this.input.addEventListener("click", () => this.list.hidden && this.search(0));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // Without this the press takes the focus, and `blur` closes the list before the click.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.pick(event.target.closest("[role=option]")));
    element.addEventListener("click", (event) => this.chipClick(event));
    this.tools = element.querySelector("[data-tools]");
    // Another kind of distribution has another list of chips.
    element.addEventListener("fold", () => this.fold());
    this.fold();
    // This module loads late: somebody may have typed already.
    if (document.activeElement === this.input && this.input.value) this.search(0);
  }

  get options() {
    return Array.from(this.list.querySelectorAll("[role=option]"));
  }

  get active() {
    return this.list.querySelector("[aria-selected=true]");
  }

  get chips() {
    return this.element.querySelector(".chips:not([hidden])");
  }

  search(delay) {
    clearTimeout(this.timer);
    // A slow answer to earlier letters must not replace the newer one.
    this.request?.abort();
    this.pickFirst = false;
    this.request = new AbortController();
    this.waiting = true;
    const { signal } = this.request;
    this.timer = setTimeout(() => this.ask(signal), delay);
    setTimeout(() => signal.aborted || !this.waiting || this.tellSearching(), delay + SLOW);
  }

  tellSearching() {
    if (document.activeElement !== this.input) return;
    this.list.innerHTML = document.getElementById("searching").innerHTML;
    this.activate(null);
    this.open();
  }

  async ask(signal) {
    const url = new URL(this.element.dataset.picker, location.origin);
    url.searchParams.set("q", this.input.value.trim());
    url.searchParams.set("field", this.input.id);
    url.searchParams.set("kind", this.chips.dataset.list);
    try {
      const answer = await fetchOwn(url, signal);
      const html = await answer.text();
      if (!signal.aborted) this.show(html);
    } catch (error) {
      if (error.name !== "AbortError") this.fail();
    }
  }

  show(html) {
    this.waiting = false;
    // Drawn and escaped by our own server.
    this.list.innerHTML = html;
    const taken = new Set(Array.from(this.chips.querySelectorAll("input"), (input) => identity(input.value)));
    this.options.forEach((option, place) => {
      option.id = `${this.list.id}-${place}`;
      if (!this.single && !option.dataset.members) option.hidden = taken.has(identity(option.dataset.value));
    });
    this.hideEmptyGroups();
    // The reader is elsewhere by now; a list that opens would be in the way.
    if (document.activeElement !== this.input) return;
    this.open();
    this.activate(this.shown[0]);
    if (this.pickFirst) this.pick(this.active);
  }

  // What is chosen already is not offered again, nor is a heading without anything below it.
  hideEmptyGroups() {
    for (const group of this.list.querySelectorAll("[role=group]")) {
      group.hidden = !group.querySelector("[role=option]:not([hidden])");
    }
    const note = this.list.querySelector("[data-chosen]");
    if (note) note.hidden = this.shown.length > 0;
  }

  get shown() {
    return this.options.filter((option) => !option.hidden);
  }

  open() {
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.announce();
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.waiting = this.pickFirst = false;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.announce();
  }

  announce() {
    // The frame has to grow with the list; see `fit`.
    this.element.dispatchEvent(new Event("popup", { bubbles: true }));
  }

  activate(option) {
    this.active?.setAttribute("aria-selected", "false");
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  key(event) {
    const act = {
      ArrowDown: () => this.step(1),
      ArrowUp: () => this.step(-1),
      Enter: () => this.enter(event),
      Escape: () => this.close(),
      Backspace: () => this.input.value || this.remove(this.chips.lastElementChild),
    }[event.key];
    // While a character is composed, Enter and the arrows belong to the input method.
    if (!act || event.ctrlKey || event.isComposing) return;
    if (event.key.startsWith("Arrow")) event.preventDefault();
    act();
  }

  step(by) {
    if (this.list.hidden) return this.waiting || this.search(0);
    const shown = this.shown;
    const place = shown.indexOf(this.active);
    this.activate(shown[(place + by + shown.length) % shown.length]);
  }

  // Enter picks and never sends the form from here: a name half typed is not a form filled in.
  enter(event) {
    event.preventDefault();
    // Typed faster than the server answers: the first option is picked once it is here.
    if (this.waiting) this.pickFirst = true;
    else if (!this.list.hidden) this.pick(this.active);
  }

  pick(option) {
    if (!option) return;
    this.input.value = "";
    this.close();
    if (option.dataset.question) this.question(option);
    else this.addAll(option);
  }

  // Many people at once are asked about first, below the field.
  question(option) {
    const panel = document.getElementById("many").content.firstElementChild.cloneNode(true);
    this.element.parentElement.querySelector(".ask.many")?.remove();
    panel.querySelector("p").textContent = option.dataset.question;
    const yes = panel.querySelector("[data-yes]");
    yes.textContent = option.dataset.yes;
    yes.addEventListener("click", () => {
      panel.remove();
      this.input.focus();
      this.addAll(option);
    });
    // Whoever says no is back in the field; see `click` in app.js.
    panel.querySelector("[data-cancel]").dataset.cancel = this.input.id;
    this.element.after(panel);
    yes.focus();
  }

  async addAll(option) {
    try {
      const values = await this.behind(option);
      const added = values.filter((value) => this.add(value)).length;
      const people = option.dataset.members ? added : Number(option.dataset.count ?? 0);
      if (people > 1 || option.dataset.members) sayPeople(people);
      else if (added) say("added", option.dataset.name);
      this.changed();
    } catch {
      this.fail();
    }
  }

  // What an option stands for: itself, or the people of a department.
  async behind({ dataset }) {
    return dataset.members ? (await fetchOwn(dataset.members)).json() : [dataset.value];
  }

  fail() {
    this.show(document.getElementById("search-failed").innerHTML);
  }

  add(value) {
    const taken = Array.from(this.chips.querySelectorAll("input"), (input) => identity(input.value));
    if (taken.includes(identity(value)) && !this.single) return false;
    if (this.single) this.chips.replaceChildren();
    const [type, , name, state] = JSON.parse(value);
    const chip = document.getElementById("chip").content.firstElementChild.cloneNode(true);
    // As text: names come from the portal.
    chip.querySelector(".name").textContent = name;
    for (const button of chip.querySelectorAll("button")) {
      button.setAttribute("aria-label", `${button.getAttribute("aria-label").trim()} ${name}`);
    }
    // “Remove All employees” would sound like the button that removes all.
    const remove = chip.querySelector(".remove");
    if (type === "meta-user") remove.setAttribute("aria-label", remove.dataset.group.replace("{name}", name));
    if (state) chip.querySelector(".name").after(stateOf(state));
    Object.assign(chip.querySelector("input"), { name: this.chips.dataset.list, value });
    this.chips.append(chip);
    return true;
  }

  // A long list is folded to its beginning, with ways to see all of it and to empty it.
  fold() {
    // Of a kind that is not chosen no list is shown.
    if (!this.tools || !this.chips) return;
    const chips = Array.from(this.chips.children);
    this.tools.hidden = chips.length <= MANY;
    const button = this.tools.querySelector("[data-all]");
    chips.forEach((chip, place) => chip.toggleAttribute("hidden", place >= MANY && !this.unfolded));
    button.textContent = this.unfolded ? button.dataset.fewer : button.dataset.words.replace("{count}", chips.length);
    button.setAttribute("aria-expanded", String(Boolean(this.unfolded)));
  }

  toolsClick(button) {
    if ("all" in button.dataset) this.unfolded = !this.unfolded;
    else {
      this.chips.replaceChildren();
      say("cleared", "");
      this.input.focus();
    }
    this.changed();
  }

  chipClick(event) {
    const tool = event.target.closest("[data-tools] button");
    if (tool) return this.toolsClick(tool);
    const button = event.target.closest(".chip button");
    if (!button) return event.target === this.element && this.input.focus();
    const chip = button.closest(".chip");
    if (button.matches(".remove")) return this.remove(chip, true);
    if (button.matches(".up")) chip.previousElementSibling?.before(chip);
    else chip.nextElementSibling?.after(chip);
    const place = Array.from(this.chips.children).indexOf(chip);
    // Whoever is moved beyond the fold stays in sight.
    if (place >= MANY) this.unfolded = true;
    this.changed();
    // An element that is moved in the document loses the focus, and at an end its button is gone.
    const other = chip.querySelector(button.matches(".up") ? ".down" : ".up");
    (getComputedStyle(button).visibility === "hidden" ? other : button).focus();
    sayPlace(chip.querySelector(".name").textContent, place + 1, this.chips.children.length);
  }

  remove(chip, refocus) {
    if (!chip) return;
    say("removed", chip.querySelector(".name").textContent);
    chip.remove();
    // The focused button has just been removed.
    if (refocus) this.input.focus();
    this.changed();
  }

  changed() {
    this.fold();
    delete this.chips.dataset.preset;
    this.element.dispatchEvent(new Event("change", { bubbles: true }));
    this.announce();
  }
}

function identity(value) {
  // Type and id; the name may differ from the one that was shown before.
  return JSON.stringify(JSON.parse(value).slice(0, 2));
}

function stateOf(state) {
  const span = document.createElement("span");
  span.className = "state";
  span.textContent = document.getElementById("picked-states").content.querySelector(`[data-state=${state}]`)?.textContent;
  return span;
}

function sayPeople(count) {
  const voice = document.getElementById("picked");
  const { peopleOne: one, peopleFew: few, peopleMany: many } = voice.dataset;
  voice.textContent = plural({ one, few, many }, count);
}

function sayPlace(name, place, all) {
  const voice = document.getElementById("picked");
  voice.textContent = voice.dataset.moved.replace("{name}", name).replace("{place}", place).replace("{all}", all);
}

function say(what, name) {
  const voice = document.getElementById("picked");
  voice.textContent = voice.dataset[what].replace("{name}", name);
}
