// The sub-accounts, the import of a config.json, and where secrets go.

import { call } from "./api.js";
import { byId, el, fill, say, whenChanged } from "./dom.js";
import { ask, busy, onSubmit, sentence, toast } from "./notices.js";
import { number, t } from "./texts.js";

let storeLabel = "";

export function setUpAccounts(reload) {
  byId("import-file").addEventListener("change", (event) => takeOver(event.target, reload));
  const form = byId("store-form");
  form.addEventListener("change", showPassphrase);
  onSubmit(form, async () => {
    const { choice, passphrase } = form.elements;
    await call("choose-secret-store", { choice: choice.value, passphrase: passphrase.value });
    passphrase.value = "";
    toast(t("store.saved"));
    await reload();
  });
  return {
    accounts: whenChanged((news) => showAccounts(news, reload)),
    store: whenChanged(showStore),
  };
}

function showPassphrase() {
  byId("passphrase-field").hidden = byId("store-form").elements.choice.value !== "file";
}

function showStore({ label, locked, refuses }) {
  storeLabel = label;
  byId("store").hidden = Boolean(label);
  byId("store-choice").hidden = locked;
  byId("store-form").elements.choice.value = locked ? "file" : "memory";
  const kind = locked ? "store.locked" : refuses ? "store.refuses" : "store";
  for (const part of ["title", "text", "button"]) byId(`store-${part}`).textContent = t(`${kind}.${part}`);
  showPassphrase();
  byId("store-label").textContent = label ? t("store.label", { store: label }) : "";
}

function showAccounts({ accounts, fixed, running }, reload) {
  if (!accounts.length) {
    fill(byId("account-list"), el("p", { class: "hint" }, t("accounts.none")));
    return;
  }
  const heads = ["name", "group", "client", "models", "state", ...(fixed ? [] : ["actions"])];
  const head = heads.map((key) =>
    el("th", { scope: "col" }, key === "actions" ? el("span", { class: "hidden-label" }, t("accounts.actions")) : t(`accounts.${key}`)),
  );
  const rows = accounts.map((account) => row(account, { fixed, running }, reload));
  fill(byId("account-list"), el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)));
}

function row(account, { fixed, running }, reload) {
  const label = (key) => ({ "data-label": t(`accounts.${key}`) });
  const state = account.problem
    ? el("span", { class: "problem" }, account.problem)
    : running ? el("span", { class: "chip good" }, t("accounts.works")) : null;
  const remove = el(
    "button",
    {
      type: "button",
      class: "small",
      "data-focus": `remove ${account.name}`,
      "aria-label": t("accounts.remove", { name: account.name }),
      onclick: (event) => removeAccount(event.currentTarget, account.name, reload),
    },
    t("button.remove"),
  );
  return el(
    "tr",
    {},
    el("td", { class: "lead" }, el("span", { class: "name" }, account.name)),
    el("td", label("group"), account.resource_group ?? ""),
    el("td", { ...label("client"), class: account.client_id ? "mono" : "empty" }, account.client_id ?? ""),
    el("td", { ...label("models"), class: running ? "number" : "empty" }, running ? number(account.models ?? 0) : ""),
    el("td", { ...label("state"), class: state ? "" : "empty" }, state),
    fixed ? null : el("td", label("actions"), remove),
  );
}

async function removeAccount(button, name, reload) {
  const agreed = await ask(t("accounts.remove.title", { name }), t("accounts.remove.text"), t("button.remove"));
  if (!agreed) return;
  await busy(button, async () => {
    await call("remove-account", { name });
    toast(t("accounts.removed", { name }));
    await reload();
  });
}

async function takeOver(input, reload) {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  const values = { file: file.name, store: storeLabel };
  const agreed = await ask(t("import.ask.title", values), t("import.ask.text", values), t("import.ask.button"));
  if (!agreed) return;
  const result = byId("import-result");
  try {
    const { message } = await call("import-config", { text: await file.text() });
    say(result, message, "ok");
    await reload();
  } catch (error) {
    say(result, sentence(error), "failed");
  }
}
