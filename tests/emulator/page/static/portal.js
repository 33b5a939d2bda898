/* Speaks with the portal that served this page, and tells the person in words what happened. */

/** Posts a question of the frame to the portal; gives the JSON answer, or throws on a refusal. */
export async function ask(question, data = {}) {
  const answer = await fetch(`/bitrix/services/frame/${question}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(data),
  });
  if (!answer.ok) throw new Error(`The portal refused: ${question}`);
  return answer.json();
}

/** Shows a short notice of one of the kinds that the page has a phrase for. */
export function tell(kind, fact = "") {
  const notice = document.querySelector("[data-notice]");
  notice.textContent = `${notice.dataset[kind]} ${fact}`.trim();
  notice.hidden = false;
  window.setTimeout(() => {
    notice.hidden = true;
  }, 4000);
}
