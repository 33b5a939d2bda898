/* What the portal does for the application in its frame, one function per command.
 *
 * Each takes the frame, the command's parameters, a reply function and the callback's name. A
 * command that Bitrix24 leaves unanswered is unanswered here; a command that is not here is ignored.
 */

import { selectAccess, selectCrm, selectUser } from "./pickers.js";
import { closePanel, openPanel } from "./panel.js";
import { ask, tell } from "./portal.js";

const REACHABLE = new RegExp(
  "^/(crm/(deal|lead|contact|company|type)|marketplace" +
    "|company/personal/user/\\d+|workgroups/group/\\d+)/",
);

function getInitData(frame, params, reply) {
  reply(frame.init);
}

async function refreshAuth(frame, params, reply) {
  const grant = await ask("grant").catch(() => null);
  if (!grant) return window.alert("Unable to get new token! Reload page, please!");
  Object.assign(frame.init, grant);
  return reply(grant);
}

async function setInstall(frame, params, reply) {
  await ask("first-run");
  frame.init.FIRST_RUN = false;
  reply(params);
}

async function setInstallFinish(frame) {
  if (!frame.init.INSTALL) return;
  const { finished } = await ask("finish");
  const url = new URL(window.location.href);
  url.searchParams.set("install_finished", finished ? "Y" : "N");
  window.location.assign(url);
}

async function setAppOption(frame, params, reply) {
  if (frame.init.IS_ADMIN) reply(await ask("app-option", params));
}

async function setUserOption(frame, params, reply) {
  await ask("user-option", params);
  reply(params);
}

function resizeWindow({ iframe }, { width, height }, reply) {
  if (width) iframe.style.width = /^\d+$/.test(width) ? `${width}px` : "100%";
  if (height) iframe.style.height = `${parseInt(height, 10)}px`;
  reply({ width: iframe.offsetWidth, height: iframe.offsetHeight });
}

function setTitle(frame, params, reply) {
  document.title = params.title;
  document.querySelector("[data-page-title]").textContent = params.title;
  reply(params);
}

function setScroll(frame, params, reply) {
  const top = parseInt(params.scroll, 10);
  if (top >= 0) window.scrollTo(window.scrollX, top);
  reply(params);
}

function openPath(frame, { path }, reply) {
  const url = REACHABLE.test(path) && new URL(path, window.location.origin);
  if (!url) return reply({ result: "error", errorCode: "PATH_NOT_AVAILABLE" });
  url.searchParams.set("from", "rest_placement");
  url.searchParams.set("from_app", frame.iframe.dataset.app);
  return openPanel(url, {}, () => reply({ result: "close" }));
}

function openApplication(frame, params, reply) {
  const url = new URL(window.location.pathname, window.location.origin);
  for (const [name, value] of Object.entries(params)) {
    if (!name.startsWith("bx24_")) url.searchParams.set(name, value);
  }
  openPanel(url, { width: params.bx24_width, title: params.bx24_title }, () => reply());
}

function setValue({ iframe }, value, reply) {
  iframe.dataset.value = value;
  reply();
}

function placementBindEvent(frame, { event }, reply, callback) {
  frame.bound.set(event, [...(frame.bound.get(event) ?? []), callback]);
}

export const commands = {
  getInitData,
  refreshAuth,
  setInstall,
  setInstallFinish,
  setAppOption,
  setUserOption,
  resizeWindow,
  setTitle,
  setScroll,
  scrollParentWindow: setScroll,
  reloadWindow: () => window.location.reload(),
  selectUser: (frame, params, reply) => selectUser(params, reply),
  selectAccess: (frame, params, reply) => selectAccess(params, reply),
  selectCRM: (frame, params, reply) => selectCrm(params, reply),
  openApplication,
  closeApplication: (frame, params, reply) => closePanel(reply),
  openPath,
  imCallTo: (frame, params) => tell("call", params.userId),
  imPhoneTo: (frame, params) => tell("phone", params.phone),
  imOpenMessenger: (frame, params) => tell("chat", params.dialogId),
  imOpenHistory: (frame, params) => tell("history", params.dialogId),
  getInterface: (frame, params, reply) => reply({ command: Object.keys(commands), event: [] }),
  setValue,
  placementBindEvent,
};
