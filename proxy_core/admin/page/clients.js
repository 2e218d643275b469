// Addresses and ready settings for the user's tools. They hold an API key, so they are fetched when asked for.

import { call } from "./api.js";
import { byId, el, fill, whenChanged } from "./dom.js";
import { busy, copy } from "./notices.js";
import { t } from "./texts.js";

let clients = [];
let chosen = 0;

export function setUpClients(onCopied) {
  byId("show-clients").addEventListener("click", (event) => busy(event.currentTarget, load));
  byId("client-list").addEventListener("keydown", moveByArrows);
  byId("client-copy").addEventListener("click", async () => {
    await copy(clients[chosen].text, clients[chosen].name);
    onCopied();
  });
  const forget = whenChanged(() => {
    if (!clients.length) return;
    load().catch(close);
  });
  const addresses = whenChanged(showAddresses);
  return (overview) => {
    addresses(overview.base_url);
    forget([overview.base_url, overview.api_keys, overview.models.map((row) => row.names)]);
  };
}

function showAddresses(baseUrl) {
  const line = (key, url) =>
    el(
      "div",
      {},
      el("dt", {}, t(key)),
      el(
        "dd",
        {},
        el("code", {}, url),
        el("button", { type: "button", class: "small", "data-focus": key, "aria-label": `${t("button.copy")}: ${t(key)}`, onclick: () => copy(url, url) }, t("button.copy")),
      ),
    );
  fill(byId("addresses"), line("clients.base_openai", `${baseUrl}/v1`), line("clients.base_anthropic", baseUrl));
}

async function load() {
  const before = clients[chosen]?.name;
  ({ clients } = await call("client-settings"));
  chosen = Math.max(0, clients.findIndex((client) => client.name === before));
  byId("show-clients").hidden = true;
  byId("client-list").hidden = byId("client-panel").hidden = !clients.length;
  if (clients.length) show();
}

function close() {
  clients = [];
  byId("show-clients").hidden = false;
  byId("client-list").hidden = byId("client-panel").hidden = true;
}

function show() {
  const tabs = clients.map(({ name }, index) =>
    el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `client-${index}`,
        "data-focus": name,
        "aria-selected": String(index === chosen),
        "aria-controls": "client-panel",
        tabindex: index === chosen ? "0" : "-1",
        onclick: () => choose(index),
      },
      name,
    ),
  );
  fill(byId("client-list"), ...tabs);
  byId("client-panel").setAttribute("aria-labelledby", `client-${chosen}`);
  byId("client-text").textContent = clients[chosen].text;
  byId("client-copy").textContent = t("clients.copy", { name: clients[chosen].name });
}

function choose(index) {
  chosen = index;
  show();
}

function moveByArrows(event) {
  const moves = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  if (!(event.key in moves)) return;
  event.preventDefault();
  choose((chosen + moves[event.key] + clients.length) % clients.length);
  byId(`client-${chosen}`).focus();
}
