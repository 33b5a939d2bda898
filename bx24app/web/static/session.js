// The session: a signed value that travels in a header, is renewed by every answer, and is asked
// for anew through the portal when it has run out. It is never put into a URL, a cookie or storage.

import { ask, domain, member } from "./frame.js";

const HEADER = "X-Session";
const meta = document.querySelector("meta[name=session]");
let value = meta.content;
let renewal = null;

export function headers() {
  return { [HEADER]: value };
}

export function keep(renewed) {
  if (renewed) value = renewed;
}

// Get a new session with a fresh token from the portal, once for all who ask; gives whether it worked.
export function renew() {
  renewal ??= exchange()
    .catch(() => false)
    .finally(() => (renewal = null));
  return renewal;
}

async function exchange() {
  const auth = await ask("refreshAuth", {});
  if (!auth?.AUTH_ID) return false;
  // Member and domain are hints; the server asks whose token this is.
  const answer = await fetch(meta.dataset.address, {
    method: "POST",
    // The expired value goes along: it still tells the language of this page.
    headers: { "Content-Type": "application/json", ...headers() },
    body: JSON.stringify({ ...auth, member_id: member, DOMAIN: domain }),
  });
  if (!answer.ok) return false;
  keep((await answer.json()).session);
  return true;
}

// Fetch a fragment of ours; renews the session once when it has run out.
export async function fetchOwn(url, signal) {
  const attempt = () => fetch(url, { headers: { ...headers(), "HX-Request": "true" }, signal });
  let answer = await attempt();
  if (answer.status === 401 && (await renew())) answer = await attempt();
  keep(answer.headers.get(HEADER));
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}
