// The page's side of the talk with the portal around it.
//
// The portal names our frame `HOST|PROTO|SID` and listens to messages `command:JSON:callback:SID`;
// it answers `callback:JSON`. Everything works without a portal that answers, only less comfortably.

// The portal does not answer a `refreshAuth` that failed; it only shows an alert.
const PATIENCE = 10000;
const portal = document.querySelector("meta[name=portal]");
const origin = portal?.content;
const sid = window.name.split("|")[2];
const waiting = new Map();

export const connected = Boolean(origin && sid && window.parent !== window);
export const member = portal?.dataset.member;
export const domain = portal?.dataset.domain;

function send(command, params, callback = "") {
  const json = params === undefined ? "" : JSON.stringify(params);
  // Only to the portal's origin, whoever else may frame us.
  window.parent.postMessage([command, json, callback, sid].join(":"), origin);
}

window.addEventListener("message", (event) => {
  // Any window may post here.
  if (event.origin !== origin || event.source !== window.parent) return;
  const text = String(event.data);
  // The JSON contains colons too, so only the first one counts.
  const end = text.indexOf(":");
  const answer = waiting.get(text.slice(0, end));
  if (answer) answer(text.slice(end + 1));
});

function callbackKey() {
  // Cannot be guessed, and has no colon, which separates the parts of a message.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Ask the portal. Gives its answer; fails without a portal, and after `patience` milliseconds
// (0 waits as long as it takes: a person may be looking at what the portal has opened).
export function ask(command, params, patience = PATIENCE) {
  return new Promise((resolve, reject) => {
    if (!connected) return reject(new Error("no portal"));
    const key = callbackKey();
    const timer = patience && setTimeout(() => finish(reject, new Error("no answer")), patience);
    const finish = (settle, value) => {
      waiting.delete(key);
      clearTimeout(timer);
      settle(value);
    };
    waiting.set(key, (json) => {
      try {
        finish(resolve, json ? JSON.parse(json) : null);
      } catch (error) {
        finish(reject, error);
      }
    });
    send(command, params, key);
  });
}

// Tell the portal something that needs no answer.
export function tell(command, params) {
  if (connected) send(command, params);
}

// Keep the frame as high as the page, so that it never needs scrollbars of its own.
export function fit(page) {
  if (!connected) return;
  const root = document.documentElement;
  let height = 0;
  let asked = false;
  let opened = false;
  const measure = async () => {
    asked = false;
    // An open list overlaps the page and would be cut off at the frame's edge. 560 leaves room
    // for one on a short page.
    const list = page.querySelector("[role=listbox]:not([hidden])");
    const popup = page.querySelector("[role=listbox]:not([hidden]), .menu-items:not([hidden])")?.getBoundingClientRect().bottom ?? 0;
    // The browser scrolls the portal's page too, once the frame is as high as the list needs.
    const reveal = () => {
      if (opened) list?.scrollIntoView({ block: "nearest" });
      opened = false;
    };
    const needed = Math.ceil(Math.max(page.offsetHeight, popup + window.scrollY + 12, 560));
    // Rounding alone would let page and portal resize each other without end.
    if (Math.abs(needed - height) <= 4) return reveal();
    height = needed;
    const given = await ask("resizeWindow", { width: "100%", height: needed }).catch(() => null);
    // The page may have changed while the portal resized; then a later answer decides.
    root.classList.toggle("fitted", given?.height >= needed && height === needed);
    page.dispatchEvent(new Event("fitted"));
    // The portal's page gets its new height with its next drawing.
    setTimeout(reveal, 50);
  };
  const later = () => {
    // Once for each drawn frame, however often the page changes meanwhile.
    if (!asked) requestAnimationFrame(measure);
    asked = true;
  };
  new ResizeObserver(later).observe(page);
  page.addEventListener("popup", () => {
    opened = true;
    later();
  });
}

// Open a page of the portal on top of us; gives whether the portal did so, once it is closed again.
export async function openPath(path) {
  const answer = await ask("openPath", { path }, 0);
  return answer?.result !== "error";
}
