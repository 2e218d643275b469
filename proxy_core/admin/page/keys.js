// The API keys: shown by their end until the user asks for more.

import { call } from "./api.js";
import { byId, el, fill, whenChanged } from "./dom.js";
import { ask, busy, copy, toast } from "./notices.js";
import { t } from "./texts.js";

let keys = [];
let fixed = false;
let empty = "keys.none";
let reload;
const revealed = new Map();

export function setUpKeys(reloadPage) {
  reload = reloadPage;
  byId("add-api-key").addEventListener("click", (event) =>
    busy(event.currentTarget, async () => {
      const before = new Set(keys.map((key) => key.id));
      const { key } = await call("add-api-key");
      await reload();
      const added = keys.find((one) => !before.has(one.id));
      if (added) reveal(added.id, key);
      toast(t("keys.added"));
    }),
  );
  return whenChanged((news) => {
    fixed = Boolean(news.fixed);
    empty = fixed && !news.running ? "keys.stopped" : "keys.none";
    keys = news.keys.map(({ id, hint }) => ({ id, hint: hint.replace("…", "") }));
    const known = new Set(keys.map((key) => key.id));
    for (const id of revealed.keys()) if (!known.has(id)) revealed.delete(id);
    show();
  });
}

function reveal(id, key) {
  revealed.set(id, key);
  show();
}

function show() {
  const items = keys.length ? keys.map(item) : [el("li", { class: "hint" }, t(empty))];
  fill(byId("key-list"), ...items);
}

function item({ id, hint }) {
  const shown = revealed.get(id);
  const name = t("keys.the", { hint });
  const button = (action, text, onclick) =>
    el(
      "button",
      {
        type: "button",
        class: "small",
        "data-action": action,
        "data-focus": `${action} ${id}`,
        "aria-label": `${text}: ${name}`,
        onclick: (event) => busy(event.currentTarget, onclick),
      },
      text,
    );
  return el(
    "li",
    {},
    el("code", {}, shown ?? `••••••••${hint}`),
    button("copy", t("button.copy"), async () => copy(shown ?? (await full(id)), name)),
    shown
      ? button("reveal", t("keys.hide"), async () => reveal(id, undefined))
      : button("reveal", t("keys.reveal"), async () => reveal(id, await full(id))),
    fixed ? null : button("rotate", t("keys.rotate"), () => rotate(id, hint)),
    keys.length > 1 && !fixed ? button("remove", t("button.remove"), () => remove(id, hint)) : null,
  );
}

async function full(id) {
  return (await call("reveal-api-key", { id })).key;
}

async function rotate(id, hint) {
  const agreed = await ask(t("keys.rotate.title", { hint }), t("keys.rotate.text"), t("keys.rotate"));
  if (!agreed) return;
  const at = keys.findIndex((one) => one.id === id);
  const before = new Set(keys.map((one) => one.id));
  const { key } = await call("rotate-api-key", { id });
  revealed.delete(id);
  await reload();
  const replaced = keys.find((one) => one.id === id) ?? keys.find((one) => !before.has(one.id)) ?? keys[at];
  if (replaced) reveal(replaced.id, key);
  toast(t("keys.rotated"));
}

async function remove(id, hint) {
  const agreed = await ask(t("keys.remove.title", { hint }), t("keys.remove.text"), t("button.remove"));
  if (!agreed) return;
  await call("remove-api-key", { id });
  toast(t("keys.removed"));
  await reload();
}
