// The words of the page, in the user's language.

let texts = {};
let language = "en";

export function setTexts(answer) {
  texts = answer.texts;
  language = answer.language;
}

export const knows = (key) => key in texts;

// t("models.retires", {date: "…"}): the text with its values filled in.
export function t(key, values = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

export const number = (value) => new Intl.NumberFormat(language).format(value);

// "2026-10-16" as people of this language write it.
export function date(iso) {
  const parsed = new Date(`${iso.slice(0, 10)}T00:00:00`);
  if (Number.isNaN(parsed.getTime())) return iso;
  return new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric" }).format(parsed);
}
