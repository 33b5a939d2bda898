/* A tiny application that speaks both grammars of the frame; the tests drive it. */

const [host, protocol, sid] = window.name.split("|");
const portal = `${protocol === "1" ? "https" : "http"}://${host.replace(/:(80|443)$/, "")}`;
const heard = new Map();
const waiting = new Map();
let calls = 0;

const grammars = {
  bx24: (command, params, key) => `${command}:${written(params)}:${key}:${sid}`,
  sdk: (command, params, key) => [command, ...(params ? [written(params)] : []), key, sid].join(":"),
  object: (method, params, callback) => ({ method, params, callback, appSid: sid, requestId: "r1" }),
  raw: (command, params, key) => `${command}:${params}:${key}:${sid}`,
};

function written(params) {
  return params === undefined || params === null ? "" : JSON.stringify(params);
}

window.addEventListener("message", (event) => {
  if (event.origin !== portal) return;
  const at = event.data.indexOf(":");
  const [key, text] = [event.data.slice(0, at), event.data.slice(at + 1)];
  const value = text === "" ? null : JSON.parse(text);
  heard.set(key, [...(heard.get(key) ?? []), value]);
  waiting.get(key)?.(value);
});

window.child = {
  sid,

  /** Posts anything to the portal. */
  post: (data) => window.parent.postMessage(data, portal),

  /** Sends a command and gives the callback's key at once. */
  send(grammar, command, params) {
    calls += 1;
    const key = `key${calls}`;
    this.post(grammars[grammar](command, params, key));
    return key;
  },

  /** Sends a command and gives a promise of the answer. */
  ask(grammar, command, params) {
    const key = this.send(grammar, command, params);
    return new Promise((resolve) => waiting.set(key, resolve));
  },

  /** Gives every value that came for a key. */
  heard: (key) => heard.get(key) ?? [],
};
