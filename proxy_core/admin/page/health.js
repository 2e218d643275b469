// How the deployments fare: marks in the models list that count down, and the button that gives all a new chance.

import { call } from "./api.js";
import { byId, el } from "./dom.js";
import { busy, toast } from "./notices.js";
import { knows, number, t } from "./texts.js";

const CHIPS = { limited: "warn", busy: "warn", failing: "bad", aside: "bad" };
const RESTING = ["limited", "failing", "aside"];
const LONGEST_IN_SECONDS = 120;

let models = [];
let deployments = new Map();
let told = 0;
const drawn = new Map();

const keyOf = (name, account, id) => JSON.stringify([name, account, id]);

export function setUpHealth(reload) {
  byId("try-again").addEventListener("click", (event) =>
    busy(event.currentTarget, async () => {
      await call("try-again");
      toast(t("health.tried"));
      await reload();
    }),
  );
  setInterval(drawHealth, 1000);
  return (news) => {
    models = news;
    told = performance.now();
    deployments = new Map();
    for (const model of models) {
      for (const one of model.deployments) deployments.set(keyOf(model.name, one.sub_account, one.id), one);
    }
    showNotice();
    drawHealth();
  };
}

// The place of a deployment in the list; `status` is SAP's word for it, shown while nothing speaks against it.
export function healthOf(row, statusChip) {
  const chip = el("span", { class: statusChip }, row.status);
  const running = el("span", { class: "also" });
  const why = el("p", { class: "why" });
  drawn.set(chip, () => {
    const one = row.names.map((name) => deployments.get(keyOf(name, row.account, row.id))).find(Boolean);
    const rests = one && one.state in CHIPS;
    write(chip, rests ? stateOf(one) : row.status);
    chip.className = rests ? `chip ${CHIPS[one.state]}` : statusChip;
    write(running, one?.in_flight ? t("health.in_flight", { count: number(one.in_flight) }) : "");
    write(why, rests ? reasonOf(one) : "");
    why.title = rests ? one.reason : "";
  });
  return { chip, running, why };
}

// How many requests wait for a model.
export function waitingFor(names) {
  const line = el("span", { class: "also" });
  drawn.set(line, () => {
    const waiting = models.find((model) => names.includes(model.name))?.waiting;
    write(line, waiting ? t("health.waiting", { count: number(waiting) }) : "");
  });
  return line;
}

export function drawHealth() {
  for (const [node, draw] of drawn) {
    if (node.isConnected) draw();
    else drawn.delete(node);
  }
}

function showNotice() {
  const resting = new Set();
  for (const model of models) {
    for (const one of model.deployments) {
      if (RESTING.includes(one.state)) resting.add(keyOf("", one.sub_account, one.id));
    }
  }
  write(byId("resting-text"), t("health.resting", { count: number(resting.size) }));
  byId("resting").hidden = !resting.size;
}

function stateOf(one) {
  const seconds = Math.max(0, Math.ceil(one.seconds - (performance.now() - told) / 1000));
  const word = t(`health.${one.state}`);
  if (!seconds) return word;
  const [unit, count] = seconds > LONGEST_IN_SECONDS ? ["minutes", Math.ceil(seconds / 60)] : ["seconds", seconds];
  return `${word} · ${t(`health.${unit}`, { count: number(count) })}`;
}

const reasonOf = ({ cause, reason }) => (knows(`health.why.${cause}`) ? t(`health.why.${cause}`) : reason);

// Only what changed, so that a selection or a screen reader is not disturbed.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}
