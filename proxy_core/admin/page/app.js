// The settings page: looks for news every two seconds and hands them to its parts.

import { setUpAccounts } from "./accounts.js";
import { ApiError, call, read } from "./api.js";
import { setUpClients } from "./clients.js";
import { byId, whenChanged } from "./dom.js";
import { setUpDoctor } from "./doctor.js";
import { setUpHealth } from "./health.js";
import { setUpKeyForm } from "./key_form.js";
import { setUpKeys } from "./keys.js";
import { setUpModels } from "./models.js";
import { setUpProgram } from "./program.js";
import { busy, toast } from "./notices.js";
import { setUpSettings } from "./settings.js";
import { knows, setTexts, t } from "./texts.js";

const SECONDS = 2;
const GUIDE = ["key", "test", "client"];

let parts = [];
let guideAt = null;
let freePort = null;
let looking = Promise.resolve();
let next;
let over = false;

async function begin() {
  setTexts(await read("texts"));
  setUpHeader();
  const { accounts, store } = setUpAccounts(reload);
  const models = setUpModels(() => advanceGuide("client"));
  const health = setUpHealth(reload);
  const keys = setUpKeys(reload);
  const settings = setUpSettings(reload);
  const program = setUpProgram(reload, end);
  const log = whenChanged(showLog);
  setUpKeyForm(startAfterKey);
  setUpDoctor();
  parts = [
    showState,
    program,
    showGuide,
    (overview) => accounts({ accounts: overview.accounts, fixed: overview.fixed_file, running: overview.state === "running" }),
    (overview) => store({ label: overview.secret_store, locked: overview.store_locked, refuses: overview.store_refuses }),
    (overview) => models({ rows: overview.models, running: overview.state === "running" }),
    (overview) => health(overview.health),
    setUpClients(() => advanceGuide("done")),
    (overview) => keys({ keys: overview.api_keys, fixed: overview.fixed_file, running: overview.state === "running" }),
    (overview) => settings(overview.settings),
    (overview) => log(overview.log_lines),
  ];
  await reload();
  document.body.classList.remove("loading");
  document.addEventListener("visibilitychange", () => { if (!document.hidden) reload(); });
}

// Fetch the news now, and again in a while. One look after the other, so that old news never follow newer ones.
function reload() {
  looking = looking.then(look);
  return looking;
}

async function look() {
  clearTimeout(next);
  try {
    const overview = await read("overview");
    byId("lost").hidden = true;
    for (const show of parts) show(overview);
  } catch (error) {
    showLost(error);
  }
  clearTimeout(next);
  if (!over) next = setTimeout(() => (document.hidden ? undefined : reload()), SECONDS * 1000);
}

function showLost(error) {
  const refused = error instanceof ApiError;
  over = refused && ["session_over", "csrf"].includes(error.code);
  byId("lost").textContent = over ? t("notice.over") : refused ? error.message : t("notice.lost");
  byId("lost").hidden = false;
}

// The program ends: nothing here answers any more.
function end() {
  over = true;
  clearTimeout(next);
  document.body.classList.add("ended");
  byId("lost").classList.remove("failed");
  byId("lost").textContent = t("quit.done");
  byId("lost").hidden = false;
}

function setUpHeader() {
  const command = (id, action) => byId(id).addEventListener("click", (event) => busy(event.currentTarget, action));
  command("start", async () => { await call("start"); await reload(); });
  command("start-elsewhere", async () => { await call("start-on-port", { port: freePort }); await reload(); });
  command("stop", async () => { await call("stop"); await reload(); });
  command("refresh", async () => { toast((await call("refresh")).message); await reload(); });
}

function showState({ state, status, demo, version, problem, accounts, free_port: free }) {
  const word = knows(`state.${state}`) ? state : "unknown";
  const halfWell = problem === "no_account" || (state === "running" && accounts.some((account) => account.problem));
  byId("status").className = `status ${halfWell ? "warning" : word}`;
  const text = status || t(`state.${word}`);
  if (byId("status-text").textContent !== text) byId("status-text").textContent = text;
  freePort = free;
  byId("start-elsewhere").hidden = !free;
  byId("start-elsewhere").textContent = free ? t("button.start_on", { port: free }) : "";
  byId("refresh").hidden = state !== "running";
  byId("start").hidden = !["stopped", "failed"].includes(state);
  byId("stop").hidden = byId("start").hidden === false;
  byId("stop").disabled = state === "stopping";
  byId("demo").hidden = !demo;
  byId("version").textContent = version ? `AI Core Proxy ${version}` : "AI Core Proxy";
}

// The first run is a path of three steps; everything else on the page waits.
function showGuide(overview) {
  const { problem, demo, secret_store: store, fixed_file: fixed } = overview;
  const first = ["no_account", "no_keyring"].includes(problem) && !overview.accounts.length && !demo && !fixed;
  if (first && guideAt === null) guideAt = "key";
  document.body.classList.toggle("first-run", first);
  document.body.classList.toggle("no-store", !store);
  document.body.classList.toggle("opening", overview.store_opening);
  document.body.classList.toggle("locked", overview.store_locked);
  document.body.classList.toggle("damaged", overview.repairs.length > 0);
  if (first) byId("add-key").open = true;
  drawGuide();
}

async function startAfterKey() {
  await reload();
  if (!byId("start").hidden) {
    await call("start").catch((error) => toast(error.message));
    await reload();
  }
  if (guideAt !== "key") return;
  advanceGuide("test");
  byId("test").scrollIntoView();
  byId("ask").focus();
}

function advanceGuide(to) {
  if (guideAt === null) return;
  if (GUIDE.indexOf(to) < GUIDE.indexOf(guideAt) && to !== "done") return;
  guideAt = to;
  drawGuide();
}

function drawGuide() {
  byId("guide").hidden = guideAt === null;
  const at = guideAt === "done" ? GUIDE.length : GUIDE.indexOf(guideAt);
  for (const [index, item] of [...byId("guide").querySelectorAll("li")].entries()) {
    item.classList.toggle("done", index < at);
    if (index === at) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  if (guideAt === "done") byId("guide-title").textContent = t("guide.done");
}

function showLog(lines) {
  const log = byId("log-lines");
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  log.textContent = lines.length ? lines.join("\n") : t("log.empty");
  if (atEnd) log.scrollTop = log.scrollHeight;
}

begin();
