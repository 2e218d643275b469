// A pasted service key: checked at once, step after step, then saved.

import { call, stream } from "./api.js";
import { byId, el, say } from "./dom.js";
import { findingLines, MARKS } from "./findings.js";
import { clearErrors, onSubmit, sentence, showError, toast } from "./notices.js";
import { t } from "./texts.js";

const STEPS = ["key", "token", "resource_groups", "deployments", "catalogue"];
const LONGEST = 1024 * 1024;

let run = 0;

export function setUpKeyForm(onSaved) {
  const form = byId("key-form");
  onSubmit(form, check);
  byId("key-text").addEventListener("paste", () => setTimeout(() => form.requestSubmit()));
  byId("key-file").addEventListener("change", (event) => takeFile(event.target.files[0]));
  setUpDrop();
  onSubmit(byId("save-form"), () => save(onSaved));
}

function setUpDrop() {
  const zone = byId("drop");
  const over = (event, inside) => {
    event.preventDefault();
    zone.classList.toggle("over", inside);
  };
  zone.addEventListener("dragover", (event) => over(event, true));
  zone.addEventListener("dragleave", (event) => over(event, false));
  zone.addEventListener("drop", (event) => {
    over(event, false);
    const [file] = event.dataTransfer.files;
    if (file) takeFile(file);
    else takeText(event.dataTransfer.getData("text"));
  });
}

async function takeFile(file) {
  if (!file) return;
  byId("key-file").value = "";
  if (file.size > LONGEST) showError(byId("key-form"), { field: "text", message: t("key.too_large") });
  else takeText(await file.text());
}

function takeText(text) {
  byId("key-text").value = text;
  byId("key-form").requestSubmit();
}

async function check() {
  const mine = ++run;
  const found = {};
  byId("save-form").hidden = true;
  say(byId("check-result"), t("key.checking"), "busy");
  byId("steps").replaceChildren();
  showSteps(found);
  try {
    await stream("check-key", { text: byId("key-text").value, resource_group: byId("key-group").value }, (step) => {
      if (mine !== run) return;
      found[step.step] = step;
      showSteps(found);
    });
  } catch (error) {
    byId("steps").replaceChildren();
    say(byId("check-result"), sentence(error), "failed");
    return;
  }
  if (mine === run) conclude(found);
}

function conclude(found) {
  const works = STEPS.every((name) => found[name] && !["failed", "skipped"].includes(found[name].verdict));
  say(byId("check-result"), t(works ? "key.works" : "key.fails"), works ? "ok" : "failed");
  byId("save-form").hidden = !works;
  if (works) offer(found.key.facts.name ?? "", found.resource_groups);
}

function offer(name, groupStep) {
  const looked = groupStep.facts.group ?? "default";
  const groups = groupStep.values.length ? groupStep.values : [looked];
  byId("groups").replaceChildren(
    ...groups.map((group) =>
      el("label", {}, el("input", { type: "checkbox", name: "group", value: group, checked: group === looked }), group),
    ),
  );
  byId("account-name").value = name;
  clearErrors(byId("save-form"));
}

// Only what is new changes, so that a screen reader tells each step once.
function showSteps(found) {
  const next = STEPS.find((name) => !found[name]);
  const shown = STEPS.filter((name) => found[name] || name === next);
  const list = byId("steps");
  for (const [index, name] of shown.entries()) {
    const step = found[name] ?? { step: name, verdict: "waiting" };
    const before = list.children[index];
    if (!before) list.append(stepItem(step));
    else if (before.className !== step.verdict) before.replaceWith(stepItem(step));
  }
}

function stepItem(step) {
  return el(
    "li",
    { class: step.verdict, "data-step": step.step },
    el("span", { class: "mark", "aria-hidden": "true" }, MARKS[step.verdict]),
    el(
      "h3",
      {},
      t(`step.${step.step}`),
      el("span", { class: "verdict" }, t(`verdict.${step.verdict}`)),
    ),
    ...findings(step).map(([kind, text]) => el("p", { class: kind }, text)),
    step.code === "group_unknown" ? groupButtons(step.values) : null,
  );
}

const findings = (step) => (["waiting", "skipped"].includes(step.verdict) ? [] : findingLines(step));

function groupButtons(groups) {
  const buttons = groups.map((group) =>
    el("button", { type: "button", class: "small", onclick: () => checkGroup(group) }, t("key.try_group", { group })),
  );
  return el("div", { class: "row" }, ...buttons);
}

function checkGroup(group) {
  byId("key-group").value = group;
  byId("key-form").requestSubmit();
}

async function save(onSaved) {
  const chosen = [...byId("groups").querySelectorAll("input:checked")].map((input) => input.value);
  const name = byId("account-name").value.trim();
  await call("save-account", { name, text: byId("key-text").value, resource_groups: chosen });
  forgetKey();
  toast(t("key.saved", { name }));
  await onSaved();
}

// The key is not kept in the page once it is saved.
function forgetKey() {
  run += 1;
  byId("key-form").reset();
  byId("save-form").reset();
  byId("save-form").hidden = true;
  byId("steps").replaceChildren();
  say(byId("check-result"), "");
  byId("add-key").open = false;
}
