// The models table, and the test call.

import { call } from "./api.js";
import { byId, el, fill, say, whenChanged } from "./dom.js";
import { copy, onSubmit, sentence } from "./notices.js";
import { date, number, t } from "./texts.js";

const STATUS_CHIPS = { RUNNING: "good", PENDING: "warn", STOPPING: "warn", DEAD: "bad" };

let rows = [];
let running = false;

export function setUpModels(onAnswer) {
  byId("model-filter").addEventListener("input", showRows);
  byId("model-all").addEventListener("change", showRows);
  onSubmit(byId("test-form"), () => askModel(onAnswer));
  return whenChanged((news) => {
    ({ rows, running } = news);
    showRows();
    showChoice();
  });
}

function showChoice() {
  const select = byId("test-model");
  const names = [...new Set(rows.flatMap((row) => row.names))].filter((name) => !/embed/i.test(name)).sort();
  const wanted = select.value;
  select.replaceChildren(...names.map((name) => el("option", { selected: name === wanted }, name)));
  byId("ask").disabled = !running || !names.length;
  const problem = running ? (names.length ? "" : t("test.no_models")) : t("test.stopped");
  if (problem || byId("test-state").dataset.standing) say(byId("test-state"), problem);
  byId("test-state").dataset.standing = problem ? "yes" : "";
}

async function askModel(onAnswer) {
  const model = byId("test-model").value;
  const state = byId("test-state");
  const answer = byId("test-answer");
  const began = performance.now();
  answer.hidden = true;
  say(state, t("test.asking", { model }), "busy");
  try {
    const result = await call("test-call", { model });
    const seconds = number(Math.round((performance.now() - began) / 100) / 10);
    say(state, t("test.answered", { model, seconds }), "ok");
    answer.textContent = result.answer;
    answer.hidden = false;
    onAnswer();
  } catch (error) {
    say(state, sentence(error), "failed");
  }
}

function showRows() {
  const unserved = rows.filter((row) => !row.names.length).length;
  const all = byId("model-all").checked;
  const wanted = byId("model-filter").value.trim().toLowerCase();
  const shown = rows.filter((row) => (all || row.names.length) && matches(row, wanted));
  byId("all-label").hidden = !unserved;
  byId("all-label").lastElementChild.textContent = t("models.all", { count: number(unserved) });
  byId("model-count").textContent = rows.length ? t("models.count", { count: number(shown.length) }) : "";
  fill(byId("model-list"), shown.length ? table(shown) : el("p", { class: "hint" }, t(rows.length ? "models.no_match" : "models.none")));
}

function matches(row, wanted) {
  return [...row.names, row.model, row.account, row.id, row.status].some((text) => text.toLowerCase().includes(wanted));
}

function table(shown) {
  const heads = ["name", "account", "deployment", "status", "context", "end"];
  const head = el("tr", {}, ...heads.map((key) => el("th", { scope: "col" }, t(`models.${key}`))));
  return el("table", {}, el("thead", {}, head), el("tbody", {}, ...shown.map(tableRow)));
}

function tableRow(row) {
  const label = (key) => ({ "data-label": t(`models.${key}`) });
  const context = row.context_length ? number(row.context_length) : "";
  const end = endOfLife(row);
  return el(
    "tr",
    {},
    el("td", { class: "lead" }, ...nameCell(row)),
    el("td", label("account"), row.account),
    el("td", { ...label("deployment"), class: "mono" }, row.id),
    el("td", label("status"), el("span", { class: `chip ${STATUS_CHIPS[row.status] ?? ""}` }, row.status)),
    el("td", { ...label("context"), class: context ? "number" : "empty", title: context && t("models.tokens", { count: context }) }, context),
    el("td", { ...label("end"), class: end ? "" : "empty" }, end),
  );
}

function nameCell(row) {
  const [name, ...others] = row.names;
  if (!name) return [el("span", {}, row.model || row.id), el("span", { class: "also" }, t("models.unserved"))];
  const button = el(
    "button",
    {
      type: "button",
      class: "copy-name",
      "data-focus": `${row.account} ${row.id}`,
      title: t("models.copy", { name }),
      onclick: () => copy(name, name),
    },
    name,
  );
  return [button, others.length ? el("span", { class: "also" }, t("models.also", { names: others.join(", ") })) : null];
}

function endOfLife(row) {
  if (!row.retirement_date) return row.deprecated ? el("span", { class: "chip warn" }, t("models.deprecated")) : null;
  const over = row.retirement_date < new Date().toISOString().slice(0, 10);
  const text = t(over ? "models.retired" : "models.retires", { date: date(row.retirement_date) });
  return el("span", { class: `chip ${over ? "bad" : row.deprecated ? "warn" : ""}` }, text);
}
