// Elements, without ever reading text as HTML.

export const byId = (id) => document.getElementById(id);

// el("td", {class: "number", "data-label": "Context"}, "128,000"): strings become text; null children are left out.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Show `text` in a line that is hidden when empty; `kind` is ok, failed, busy or empty.
export function say(node, text, kind = "") {
  node.className = kind ? `result ${kind}` : "result";
  node.textContent = text;
  node.hidden = !text;
}

// Replaces the children of `node` and keeps the focus on the element with the same data-focus, if there is one.
export function fill(node, ...children) {
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  node.replaceChildren(...children);
  if (focused) node.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

// A render function that does nothing while its value stays the same.
export function whenChanged(render) {
  let before;
  return (value) => {
    const now = JSON.stringify(value);
    if (now === before) return;
    before = now;
    render(value);
  };
}
