// What the page tells and asks: short notices, questions, errors at their fields, copying.

import { byId } from "./dom.js";
import { t } from "./texts.js";

let hiding;

export function toast(text) {
  clearTimeout(hiding);
  byId("toast").textContent = text;
  hiding = setTimeout(() => { byId("toast").textContent = ""; }, 6000);
}

// Resolves to true when the user agrees.
export function ask(title, text, button) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = button;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("notice.copied", { what }));
  } catch {
    toast(t("notice.no_clipboard"));
  }
}

export const sentence = (error) => (error instanceof TypeError ? t("notice.lost") : error.message);

export function clearErrors(form) {
  for (const line of form.querySelectorAll("[data-error]")) line.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

// An error at the field it belongs to, else at the end of the form.
export function showError(form, error) {
  const named = error.field && form.querySelector(`[data-error="${CSS.escape(error.field)}"]`);
  (named || form.querySelector('[data-error=""]')).textContent = sentence(error);
  const field = error.field && form.elements.namedItem(error.field);
  if (field instanceof HTMLElement) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

// Runs `action` with `button` switched off meanwhile. Its errors go to `failed`, else they are shown as a notice.
export async function busy(button, action, failed = (error) => toast(sentence(error))) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    await action();
  } catch (error) {
    failed(error);
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

// Runs `action` when the form is sent, with its errors at their fields.
export function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearErrors(form);
    const button = form.querySelector('button[type="submit"]');
    busy(button, action, (error) => showError(form, error));
  });
}
