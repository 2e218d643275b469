// The models table, and the test call.

import { call } from "./api.js";
import { byId, el, fill, say, whenChanged } from "./dom.js";
import { drawHealth, healthOf, waitingFor } from "./health.js";
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
  const names = [...new Set(rows.filter((row) => row.chats).flatMap((row) => row.names))].sort();
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
    const seconds = number(Math.round((performance.now() - began) / 10) / 100);
    say(state, t("test.answered", { model, seconds }), "ok");
    answer.textContent = result.answer;
    answer.hidden = false;
    onAnswer();
  } catch (error) {
    say(state, sentence(error), "failed");
  }
}

function showRows() {
  const models = group(rows);
  const unserved = models.filter((model) => !model.names.length).length;
  const all = byId("model-all").checked;
  const wanted = byId("model-filter").value.trim().toLowerCase();
  const shown = models.filter((model) => (all || model.names.length) && matches(model, wanted));
  byId("all-label").hidden = !unserved;
  byId("all-label").lastElementChild.textContent = t("models.all", { count: number(unserved) });
  byId("model-count").textContent = models.length ? t("models.count", { count: number(shown.length) }) : "";
  const none = t(models.length ? "models.no_match" : "models.none");
  fill(byId("model-list"), shown.length ? table(shown) : el("p", { class: "hint" }, none));
  drawHealth();
}

// One entry for each model in the same version, with its deployments.
function group(deployments) {
  const models = new Map();
  for (const row of deployments) {
    const key = JSON.stringify([row.names, row.model || row.id, row.retirement_date, row.context_length]);
    if (!models.has(key)) models.set(key, { ...row, deployments: [] });
    models.get(key).deployments.push(row);
  }
  return [...models.values()];
}

function matches(model, wanted) {
  const places = model.deployments.flatMap((row) => [row.account, row.id, row.status]);
  return [...model.names, model.model, ...places].some((text) => text.toLowerCase().includes(wanted));
}

function table(shown) {
  const heads = ["name", "deployments", "context", "end"];
  const head = el("tr", {}, ...heads.map((key) => el("th", { scope: "col" }, t(`models.${key}`))));
  return el("table", { class: "models" }, el("thead", {}, head), el("tbody", {}, ...shown.map(tableRow)));
}

function tableRow(model) {
  const label = (key) => ({ "data-label": t(`models.${key}`) });
  const context = model.context_length ? number(model.context_length) : "";
  const end = endOfLife(model);
  return el(
    "tr",
    {},
    el("td", { class: "lead" }, ...nameCell(model)),
    el("td", label("deployments"), el("ul", { class: "places" }, ...model.deployments.map(place))),
    el("td", { ...label("context"), class: context ? "number" : "empty" }, context),
    el("td", { ...label("end"), class: end ? "" : "empty" }, end),
  );
}

function place(row) {
  const { chip, running, why } = healthOf(row, `chip ${STATUS_CHIPS[row.status] ?? ""}`);
  return el("li", {}, el("div", {}, el("span", {}, row.account), el("code", {}, row.id), chip, running), why);
}

function nameCell(model) {
  const [name, ...others] = model.names;
  if (!name) return [el("span", {}, model.model || "–"), el("span", { class: "also" }, t("models.unserved"))];
  const button = el(
    "button",
    {
      type: "button",
      class: "copy-name",
      "data-focus": name,
      title: t("models.copy", { name }),
      onclick: () => copy(name, name),
    },
    name,
  );
  const notes = [];
  if (others.length) notes.push(t("models.also", { names: others.join(", ") }));
  if (model.deployments.every((row) => row.orchestrated)) notes.push(t("models.orchestrated"));
  return [button, ...notes.map((note) => el("span", { class: "also" }, note)), waitingFor(model.names)];
}

function endOfLife(model) {
  if (!model.retirement_date) return model.deprecated ? el("span", { class: "chip warn" }, t("models.deprecated")) : null;
  const over = model.retirement_date < new Date().toISOString().slice(0, 10);
  const text = t(over ? "models.retired" : "models.retires", { date: date(model.retirement_date) });
  return el("span", { class: `chip ${over ? "bad" : model.deprecated ? "warn" : ""}` }, text);
}
