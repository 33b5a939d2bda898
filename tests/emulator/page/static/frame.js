/* Opens the application in its frame and stands behind it: posts the launch, listens, answers. */

import { commands } from "./commands.js";
import { answer, parse } from "./message.js";

const iframe = document.querySelector("iframe[data-frame]");
if (iframe) open(iframe);

function open(iframe) {
  const frame = describe(iframe);
  window.addEventListener("message", (event) => hear(frame, event));
  iframe.addEventListener("placementevent", ({ detail }) => tell(frame, detail.event, detail.value));
  iframe.addEventListener("load", () => iframe.parentElement.classList.add("frame--loaded"));
  document.querySelector("form[data-launch]").submit();
}

function describe(iframe) {
  const { origin, sid, init } = iframe.dataset;
  return { iframe, origin, sid, init: JSON.parse(init), bound: new Map() };
}

/* Only the application itself, from its own origin, naming this very rendering, is heard. */
function hear(frame, event) {
  if (event.origin !== frame.origin || event.source !== frame.iframe.contentWindow) return;
  const message = parse(event.data);
  if (!message || message.sid !== frame.sid || !Object.hasOwn(commands, message.command)) return;
  const reply = (value) => post(frame, message.callback, value);
  commands[message.command](frame, message.params, reply, message.callback);
}

/* An event of the placement goes to every callback that was bound to it, as often as it happens. */
function tell(frame, event, value) {
  for (const callback of frame.bound.get(event) ?? []) post(frame, callback, value);
}

function post(frame, callback, value) {
  if (callback) frame.iframe.contentWindow.postMessage(answer(callback, value), frame.origin);
}
