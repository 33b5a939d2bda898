/* Panels that slide over the page: a page of the portal inside the portal, closed with Escape. */

const FRAMED = { IFRAME: "Y", IFRAME_TYPE: "SIDE_SLIDER" };

/** Opens an address of this portal in a panel and calls back when the panel has been closed. */
export function openPanel(url, { width, title }, closed) {
  const panel = document.querySelector("template[data-panel]").content.firstElementChild.cloneNode(true);
  for (const [name, value] of Object.entries(FRAMED)) url.searchParams.set(name, value);
  const page = panel.querySelector("iframe");
  page.src = url;
  if (title) page.title = title;
  if (width) panel.style.maxWidth = `${parseInt(width, 10)}px`;
  panel.querySelector("[data-close]").addEventListener("click", () => panel.close());
  panel.addEventListener("close", () => {
    panel.remove();
    closed();
  });
  document.body.append(panel);
  panel.showModal();
}

/** Closes the panel that this page stands in; a page that stands in none goes to the start page. */
export function closePanel(reply) {
  reply();
  const panel = window.frameElement?.closest("dialog");
  if (panel) panel.close();
  else window.location.assign("/company/");
}
