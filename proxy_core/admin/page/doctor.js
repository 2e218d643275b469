// The doctor: everything examined, each finding as it comes, and a report to copy.

import { stream } from "./api.js";
import { byId, el, say } from "./dom.js";
import { findingLines, MARKS } from "./findings.js";
import { copy, onSubmit, sentence } from "./notices.js";
import { number, t } from "./texts.js";

let report = "";

export function setUpDoctor() {
  onSubmit(byId("doctor-form"), examine);
  byId("doctor-copy").addEventListener("click", () => copy(report, t("doctor.report")));
}

async function examine() {
  const found = [];
  const list = byId("doctor-list");
  list.replaceChildren();
  byId("doctor-copy").hidden = true;
  say(byId("doctor-result"), t("doctor.examining"), "busy");
  try {
    await stream("examine", { calls: byId("doctor-calls").checked }, (line) => {
      if (line.report !== undefined) {
        ({ report } = line);
        return;
      }
      found.push(line);
      list.append(item(line));
    });
  } catch (error) {
    say(byId("doctor-result"), sentence(error), "failed");
    return;
  }
  conclude(found);
}

function conclude(found) {
  const count = (verdict) => found.filter((one) => one.verdict === verdict).length;
  const [failed, notes] = [count("failed"), count("warning")];
  const key = failed ? "doctor.failed" : notes ? "doctor.notes" : "doctor.fine";
  say(byId("doctor-result"), t(key, { failed: number(failed), notes: number(notes) }), failed ? "failed" : "ok");
  byId("doctor-copy").hidden = false;
}

function item(finding) {
  const lines = findingLines(finding).filter(([kind]) => kind !== "advice" || finding.verdict !== "ok");
  return el(
    "li",
    { class: finding.verdict, "data-check": finding.check, "data-code": finding.code },
    el("span", { class: "mark", "aria-hidden": "true" }, MARKS[finding.verdict]),
    el(
      "h3",
      {},
      t(`doctor.check.${finding.check}`) + (finding.subject ? ` (${finding.subject})` : ""),
      el("span", { class: "verdict" }, t(`verdict.${finding.verdict}`)),
    ),
    ...lines.map(([kind, text]) => el("p", { class: kind }, text)),
  );
}
