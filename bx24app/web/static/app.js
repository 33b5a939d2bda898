// The pages' own behaviour: htmx exchanges what is inside #main; this adds the session to its
// requests, renews it when it has run out, leads the focus, and speaks to the portal.

import { ask, connected, fit, openPath, tell } from "./frame.js";
import "./keys.js";
import * as list from "./list.js";
import * as session from "./session.js";
import * as travel from "./travel.js";

const page = document.querySelector(".page");
const main = document.getElementById("main");
const notice = document.getElementById("notice");
// Events whose request was sent again already; a second 401 must not start a loop.
const replayed = new WeakSet();
const waiting = [];
// The last request that failed, for who wants to try again.
let failed = null;
// The state of a row that is being exchanged.
let stateBefore = "";

document.addEventListener("htmx:configRequest", (event) => {
  // A header, because browsers block cookies of a frame from another site.
  Object.assign(event.detail.headers, session.headers(), list.headers());
});

document.addEventListener("htmx:beforeOnLoad", (event) => {
  // Errors bring a renewed value too, so the status does not matter here.
  session.keep(event.detail.xhr.getResponseHeader("X-Session"));
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status === 401) recover(requestConfig);
  if (xhr.status >= 400) failed = requestConfig;
  // Numbers of rows may arrive when the list has gone already.
  if (event.detail.target === document.body) event.detail.serverResponse = stillShown(xhr.response);
  const row = event.detail.target.closest?.("tr");
  stateBefore = document.getElementById(row?.id.replace("-ask", ""))?.dataset.state ?? "";
  // Rows stay where they are; a refusal of the whole list is a page of its own.
  if (xhr.status >= 400 && event.detail.target.id === "list") event.detail.target = main;
  // A failure that brings no form along must not take away the form that was typed.
  if (xhr.status >= 400 && main.querySelector("#form") && !xhr.response.includes('id="form"')) {
    Object.assign(event.detail, { target: notice, ignoreTitle: true });
    // The frame has no scrollbar of its own: only the portal can bring the notice into view.
    tell("scrollParentWindow", { scroll: 0 });
  }
});

// Whoever leaves the form does not wait for its sentences, and nothing is left to show them in.
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => {
  if (target.id === "sentences") htmx.trigger(target, "htmx:abort");
});

function stillShown(html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const part of body.querySelectorAll("[hx-swap-oob]")) {
    if (!document.getElementById(part.id)) part.remove();
  }
  return body.innerHTML;
}

for (const trouble of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(trouble, (event) => {
    // The sentences are fetched while somebody types; a failure there is not worth a notice.
    if (event.detail.elt.id !== "sentences") show("no-answer");
  });
}

document.addEventListener("htmx:afterOnLoad", (event) => {
  const { xhr, target } = event.detail;
  if (xhr.status === 401) return;
  if (target === main) {
    const { requestConfig, pathInfo } = event.detail;
    if (xhr.status < 400) travel.visited(main, requestConfig.verb, pathInfo.finalRequestPath ?? requestConfig.path);
    return arrive(xhr.status);
  }
  if (target.id === "list" || target.id === "as-of") settle();
  // The target itself was exchanged, so it is asked for its name only.
  if (/^flow-\d+$/.test(target.id)) settleRow(target, xhr.status, event.detail.requestConfig.elt.id);
  if (/^flow-\d+-ask$/.test(target.id) && xhr.status < 400) {
    list.guardClicks(main);
    const gone = main.querySelector(".gone:not([data-seen])");
    if (gone) list.rowDeleted(gone, stateBefore);
    gone?.setAttribute("data-seen", "");
  }
});

// The rows of the list were exchanged; whoever typed or clicked stays where they are.
function settle() {
  list.guardClicks(main);
  list.setUp(main);
  localTimes();
}

// One row was exchanged, or a question stands under it.
function settleRow(target, status, sender) {
  localTimes();
  if (main.contains(target) || status >= 400) return main.querySelector(".ask [data-focus]")?.focus();
  list.guardClicks(main);
  list.rowSwapped(stateBefore, target.id);
  // The button was disabled meanwhile, which takes the focus from it, and is another one now.
  if (main.contains(document.activeElement)) return;
  (document.getElementById(sender || target.id) ?? document.getElementById(target.id))?.focus({ preventScroll: true });
}

// A session that has run out is renewed through the portal and the request sent again, once.
// Where that fails, requests wait until the reader says to go on.
async function recover(config) {
  const cause = config.triggeringEvent ?? config;
  if (!replayed.has(cause) && (await session.renew())) {
    replayed.add(cause);
    return replay(config);
  }
  waiting.push(config);
  show("session-ended");
}

function replay(config) {
  const { verb, path, elt: source, target, formData: values, triggeringEvent: event } = config;
  // The element may have been exchanged while the session was renewed.
  if (source.isConnected) htmx.ajax(verb, path, { source, target, values, event });
}

async function goOn() {
  if (!(await session.renew())) return;
  notice.replaceChildren();
  waiting.splice(0).forEach(replay);
}

// A message above the page that takes nothing away from what was typed.
function show(name) {
  notice.replaceChildren(document.getElementById(name).content.cloneNode(true));
  notice.querySelector("[data-continue]")?.addEventListener("click", goOn);
  tell("scrollParentWindow", { scroll: 0 });
}

// A new page stands in #main: set it up, and take the reader to its heading or its problem.
function arrive(status) {
  if (status < 400) list.guardClicks(main);
  setUp();
  const wanted = main.querySelector("[data-focus]") ?? list.origin();
  if (wanted?.matches("tr")) {
    // A row may be far below: the browser brings it into view through the portal's frame, once
    // more when the portal has made that as high as the list.
    wanted.focus({ preventScroll: true });
    const show = () => wanted === document.activeElement && wanted.scrollIntoView({ block: "center" });
    page.addEventListener("fitted", show, { once: true });
    return show();
  }
  (wanted ?? main.querySelector("h1"))?.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  tell("scrollParentWindow", { scroll: 0 });
}

// Send the last request that failed once more; the element that sent it may be gone by now.
function retry() {
  // The launch itself has failed, but the session stands.
  if (!failed) return htmx.ajax("GET", main.dataset.flows, main);
  const { verb, path, elt, target, formData: values } = failed;
  notice.replaceChildren();
  const there = target.isConnected ? target : main;
  htmx.ajax(verb, path, { source: elt.isConnected ? elt : there, target: there, values });
}

function setUp() {
  list.setUp(main);
  if (main.querySelector("#form")) withForm((form) => form.setUp(main));
  else if (main.querySelector("[data-picker]")) import("./picker.js").then((picker) => picker.setUp(main));
  localTimes();
  shareTitle();
}

// The form's part is not needed to see the list; it is fetched when the list stands.
function withForm(act) {
  return import("./form.js").then(act);
}

// Where the portal shows our title above the frame, it need not stand there twice.
async function shareTitle() {
  const title = document.title;
  const shown = await ask("setTitle", { title }).catch(() => null);
  document.documentElement.classList.toggle("titled", shown !== null && main.querySelector(".single") === null);
}

// The server writes times in UTC; the reader's clock is here.
function localTimes() {
  const language = document.documentElement.lang;
  for (const time of main.querySelectorAll("time[datetime]:not([title])")) {
    const moment = new Date(time.dateTime);
    if ("clock" in time.dataset) time.textContent = moment.toLocaleTimeString(language, { timeStyle: "short" });
    time.title = moment.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  }
}

document.addEventListener("click", async (event) => {
  const hit = (attribute) => event.target.closest(`[data-${attribute}]`);
  const link = hit("open");
  if (link && connected) {
    event.preventDefault();
    // The portal opens only some of its paths for us; a new window does for the others.
    const opened = await openPath(link.dataset.open).catch(() => false);
    // Otherwise the portal's page has been closed again, and may have changed the flow.
    if (!opened) window.open(link.href, "_blank", "noopener");
    else if (main.querySelector("#refresh")) htmx.trigger("#refresh", "click");
  } else if (hit("goto")) {
    event.preventDefault();
    document.getElementById(hit("goto").dataset.goto)?.focus();
  } else if (hit("copy")) {
    await copy(hit("copy"));
  } else if (hit("download")) {
    download(hit("download"));
  } else if (hit("retry")) {
    retry();
  } else if (hit("dismiss") && event.target.closest(".said")) {
    list.dismiss(hit("dismiss"));
  } else if (hit("dismiss")) {
    hit("dismiss").closest(".message").remove();
  } else if (hit("cancel")) {
    const opener = document.getElementById(hit("cancel").dataset.cancel);
    hit("cancel").closest(".ask").remove();
    opener?.focus();
  } else if (hit("toggle")) {
    const panel = document.getElementById(hit("toggle").dataset.toggle);
    panel.hidden = !panel.hidden;
    hit("toggle").setAttribute("aria-expanded", String(!panel.hidden));
  }
});

// Copies what stands in another element; where the browser forbids that, selects it for the reader.
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = button.dataset.copied;
  } catch {
    // The portal's frame may not grant the clipboard; then the older command, or Ctrl+C.
    getSelection().selectAllChildren(source);
    if (document.execCommand("copy")) button.textContent = button.dataset.copied;
  }
}

// Saves what stands in a field as a file; it is made here, so that it needs no address of its own.
function download(button) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([document.getElementById(button.dataset.download).value]));
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

main.addEventListener("change", async ({ target }) => {
  if (!target.dataset.upload || !target.files.length) return;
  document.getElementById(target.dataset.upload).value = await target.files[0].text();
});

main.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.closest(".ask")?.querySelector("[data-cancel]").click();
});

// The last step of the installation: the portal marks the app as installed and opens it anew.
function finishInstallation() {
  // The portal does not answer this: it reloads the frame, or nothing happens.
  tell("setInstallFinish", {});
  setTimeout(() => {
    main.querySelector("[data-during]").hidden = true;
    main.querySelector("[data-late]").hidden = false;
  }, 10000);
}

setUp();
travel.setUp(main);
fit(page);
// Fetched early, so that the form opens without another wait.
addEventListener("load", () => setTimeout(withForm, 100, () => null));
// Its first answer shows that the portal listens; without one it is told all the same.
if (main.querySelector("[data-install-finish]")) ask("getInitData").catch(() => null).then(finishInstallation);
