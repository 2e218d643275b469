// The JSON interface of the program behind this page.

const csrf = document.querySelector('meta[name="csrf-token"]').content;

export class ApiError extends Error {
  constructor({ message, field, code }) {
    super(message);
    this.field = field;
    this.code = code;
  }
}

let active = true;
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { active = true; }, { passive: true });

// A look for news. The session lives on only while the user does something.
export async function read(name) {
  const headers = active ? { "X-User-Active": "1" } : {};
  active = false;
  return answer(await fetch(`api/${name}`, { headers }));
}

// A command. Rejects with `ApiError` when it is refused, with `TypeError` when nobody answers.
export async function call(name, body = {}) {
  return answer(await post(name, body));
}

// A command that answers line by line; `onLine` gets each as it comes.
export async function stream(name, body, onLine) {
  const response = await post(name, body);
  if (!response.ok) return answer(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const value = JSON.parse(line);
      if (value.error) throw new ApiError(value.error);
      onLine(value);
    }
    if (done) return undefined;
  }
}

function post(name, body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  return fetch(`api/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
}

async function answer(response) {
  const value = await response.json();
  if (!response.ok) throw new ApiError(value.error);
  return value;
}
