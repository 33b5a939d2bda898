// What was typed into a form and not sent: kept in memory, and in sessionStorage where the browser
// permits that, so that it survives a reload of the frame. Nothing of the session is in it.

import { member } from "./frame.js";

const PREFIX = "draft";
const memory = new Map();

function named(key) {
  // One tab may show several portals, one after the other.
  return [PREFIX, member, key].join("/");
}

export function keep(key, entries) {
  const draft = { entries, at: new Date().toISOString() };
  memory.set(named(key), draft);
  try {
    sessionStorage.setItem(named(key), JSON.stringify(draft));
  } catch {
    // Browsers may block the storage of a frame from another site; memory has to do.
  }
}

export function recall(key) {
  if (memory.has(named(key))) return memory.get(named(key));
  try {
    return JSON.parse(sessionStorage.getItem(named(key)));
  } catch {
    return null;
  }
}

export function drop(key) {
  memory.delete(named(key));
  try {
    sessionStorage.removeItem(named(key));
  } catch {
    // As above.
  }
}
