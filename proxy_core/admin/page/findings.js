// One finding of a check as lines of text, in the user's language.

import { knows, t } from "./texts.js";

export const MARKS = { ok: "✓", warning: "!", failed: "✕", skipped: "–", waiting: "…" };

// Pairs of kind and text. Words of SAP or of the system stay beside the translated ones.
export function findingLines({ code, facts, text, advice }) {
  const key = `check.${code}`;
  if (!knows(key)) return [["text", text], ["advice", advice]].filter(([, words]) => words);
  const lines = [["text", t(key, facts)]];
  if (facts.detail) lines.push(["hint", facts.detail]);
  if (knows(`advice.${code}`)) lines.push(["advice", t(`advice.${code}`, facts)]);
  return lines;
}
