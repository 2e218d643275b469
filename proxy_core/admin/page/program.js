// What concerns the program as a whole: notices about its configuration, the log's folder, and its end.

import { call } from "./api.js";
import { byId } from "./dom.js";
import { ask, busy, toast } from "./notices.js";
import { t } from "./texts.js";

const REPAIRS = ["backup", "anew"];

let store = "";

export function setUpProgram(reload, end) {
  const command = (id, action) => byId(id).addEventListener("click", (event) => busy(event.currentTarget, action));
  command("secure", () => secure(reload));
  for (const choice of REPAIRS) command(`repair-${choice}`, () => repair(choice, reload));
  command("open-logs", () => call("open-logs"));
  command("quit", () => quit(end));
  return show;
}

function show(overview) {
  store = overview.secret_store;
  byId("opening").hidden = !overview.store_opening;
  byId("fixed").textContent = overview.fixed_file ? t("notice.fixed", { file: overview.fixed_file }) : "";
  byId("fixed").hidden = !overview.fixed_file;
  byId("plain").hidden = !overview.plain_secrets || !store;
  byId("damaged").hidden = !overview.repairs.length;
  for (const choice of REPAIRS) byId(`repair-${choice}`).hidden = !overview.repairs.includes(choice);
  byId("log-file").textContent = overview.log_file;
  document.body.classList.toggle("fixed", Boolean(overview.fixed_file));
}

async function secure(reload) {
  if (!(await ask(t("plain.ask.title"), t("plain.ask.text", { store }), t("plain.ask.button")))) return;
  toast((await call("secure-secrets")).message);
  await reload();
}

async function repair(choice, reload) {
  const text = `damaged.${choice}`;
  if (!(await ask(t(`${text}.title`), t(`${text}.text`), t(text)))) return;
  await call("repair", { choice });
  toast(t("damaged.done"));
  await reload();
}

async function quit(end) {
  if (!(await ask(t("quit.title"), t("quit.text"), t("quit.button")))) return;
  await call("quit");
  end();
}
