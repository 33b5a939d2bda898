/* The grammar of the frame: what an application in the frame says to the portal, and what it is told.
 *
 *   cmd ":" [json] ":" [callback] ":" sid          BX24.js (both middle parts may be empty)
 *   cmd [":" json] ":" callback ":" sid            b24jssdk (an empty json is left out)
 *   cmd ":" raw ":" callback ":" sid               setValue (raw may hold colons)
 *   {method, params, callback, appSid}             b24jssdk, when the command itself holds a colon
 *   callback ":" [json]                            the portal's answer
 */

/** Takes the data of a message event; gives {command, params, callback, sid}, or null for noise. */
export function parse(data) {
  if (data !== null && typeof data === "object") return fromObject(data);
  if (typeof data !== "string") return null;
  const parts = data.split(":");
  if (parts.length < 3) return null;
  const sid = parts.pop();
  const callback = parts.pop();
  const command = parts.shift();
  return { command, params: read(command, parts.join(":")), callback, sid };
}

function fromObject({ method, params, callback, appSid }) {
  if (typeof method !== "string") return null;
  return { command: method, params: params ?? {}, callback: callback ?? "", sid: appSid };
}

function read(command, text) {
  if (command === "setValue") return text;
  if (text === "") return {};
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return text;
  }
}

/** Takes a callback's name and the value of the answer (undefined: none); gives the string to post. */
export function answer(callback, value) {
  return `${callback}:${value === undefined ? "" : JSON.stringify(value)}`;
}
