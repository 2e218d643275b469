// The form of the settings. What the user is typing is never overwritten by news.

import { ApiError, call } from "./api.js";
import { byId, whenChanged } from "./dom.js";
import { onSubmit, toast } from "./notices.js";
import { t } from "./texts.js";

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

// How each setting is shown and read back.
const FIELDS = {
  port: { show: String, read: (text) => (/^\d+$/.test(text.trim()) ? Number(text) : text.trim()) },
  host: { show: String, read: (text) => text.trim() },
  include: { show: (value) => value.join("\n"), read: lines },
  exclude: { show: (value) => value.join("\n"), read: lines },
  aliases: {
    show: (value) => Object.entries(value).map(([name, model]) => `${name} = ${model}`).join("\n"),
    read: readAliases,
  },
  start_at_login: {},
  notifications: {},
  update_check: {},
};

let changed = false;
let shown = {};

export function setUpSettings(reload) {
  const form = byId("settings-form");
  form.addEventListener("input", () => { changed = true; });
  onSubmit(form, async () => {
    await call("save-settings", readForm(form));
    changed = false;
    toast(t("settings.saved"));
    await reload();
  });
  return whenChanged((settings) => {
    shown = settings;
    if (!changed) fillForm(form);
  });
}

function fillForm(form) {
  for (const [name, { show }] of Object.entries(FIELDS)) {
    const field = form.elements.namedItem(name);
    form.querySelector(`[data-setting="${name}"]`).hidden = !(name in shown);
    if (!(name in shown)) continue;
    if (show) field.value = show(shown[name]);
    else field.checked = shown[name];
  }
}

function readForm(form) {
  const values = {};
  for (const [name, { read }] of Object.entries(FIELDS)) {
    const field = form.elements.namedItem(name);
    if (name in shown) values[name] = read ? read(field.value) : field.checked;
  }
  return values;
}

function readAliases(text) {
  const aliases = {};
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.trim()) continue;
    const [name, model, ...more] = line.split("=").map((part) => part.trim());
    if (!name || !model || more.length) {
      throw new ApiError({ message: t("settings.aliases.wrong", { line: index + 1 }), field: "aliases" });
    }
    aliases[name] = model;
  }
  return aliases;
}
