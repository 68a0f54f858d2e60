// Questions that are judged, and formulas that a reader breaks. Nothing is loaded before a reader
// begins; numbers are judged here, all else by Python in the page (python.js), with the code that
// the build used. What was answered right is kept by the reader's browser alone.

const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
const path = location.pathname.slice(root.pathname.length);
const page = path.replace(/(^|\/)$/, "$1index").replace(/\.html$/, "");
const forms = [...document.querySelectorAll("form.question")];
const local = location.protocol === "file:";
const key = `book-answered:${page}`;

const make = (name, fields = {}, ...children) => {
  const element = Object.assign(document.createElement(name), fields);
  element.append(...children);
  return element;
};

const once = (load) => {
  let found;
  return () => (found ??= load().catch((error) => ((found = undefined), Promise.reject(error))));
};

const json = async (name) => {
  const answer = await fetch(new URL(`_static/answers/${name}.json`, root));
  if (!answer.ok) throw new Error("This page was built without what its answers need.");
  return answer.json();
};

const data = once(() => json(page));

const engine = once(async () => {
  if (local) throw new Error("This is judged in a page that a server sends, not in one from disk.");
  const module = await import(new URL("_static/python.js", root));
  if (module.unavailable()) throw new Error(module.unavailable());
  return module.python;
});

// The typesetter, for what a reader types.
const typesetter = once(async () => {
  const script = make("script", { src: new URL("_static/answers/katex.js", root) });
  const loaded = new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("no typesetter")));
  });
  document.head.append(script);
  const macros = await json("macros");
  await loaded;
  return (tex, place, displayMode) =>
    katex.render(tex, place, { macros: { ...macros }, displayMode, throwOnError: false });
});

const typeset = async (tex, place, displayMode = false) => {
  try {
    (await typesetter())(tex, place, displayMode);
  } catch {
    place.textContent = tex;
  }
};

const say = (place, kind, text) => {
  place.dataset.kind = kind;
  place.textContent = text;
};

// Progress

const answered = () => {
  try {
    return new Set(JSON.parse(localStorage.getItem(key)) ?? []);
  } catch {
    return new Set();
  }
};

const keep = (numbers) => {
  try {
    if (numbers.size) localStorage.setItem(key, JSON.stringify([...numbers]));
    else localStorage.removeItem(key);
  } catch {
    // a browser that keeps nothing
  }
};

const count = make("span");
const clear = make("button", { type: "button", textContent: "Clear" });
const progress = make("p", { className: "question-progress" }, count, " ", clear);

const show = () => {
  const right = answered();
  count.textContent = `${right.size} of ${forms.length} answered on this page.`;
  clear.hidden = !right.size;
  for (const form of forms) form.classList.toggle("answered", right.has(form.dataset.question));
};

clear.addEventListener("click", () => {
  keep(new Set());
  show();
  for (const form of forms) say(form.querySelector("output"), "", "");
});

// A number, or a quotient of two.
const number = (text) => {
  const plain = text.trim().replaceAll("−", "-").replace(/\s/g, "");
  const parts = plain.match(/^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?:\/(\d+\.?\d*))?$/i);
  return parts ? Number(parts[1]) / Number(parts[2] ?? 1) : undefined;
};

const near = (a, b) => Math.abs(a - b) <= 5e-4 * Math.max(1, Math.abs(b));

const judgeNumber = ({ answer, wrong }, value, told) => {
  const slip = Object.keys(wrong).find((tex) => near(value, wrong[tex]));
  if (near(value, answer)) return { kind: "right", said: "Right." };
  return slip === undefined
    ? { kind: "wrong", said: "That is not it." }
    : { kind: "slip", said: told[slip] };
};

const judge = async (form, text, tell) => {
  const numbers = form.dataset.numbers && JSON.parse(form.dataset.numbers);
  const value = number(text);
  if (numbers && value !== undefined) return judgeNumber(numbers, value, numbers.told);
  const python = await engine();
  const question = (await data()).questions[Number(form.dataset.question)];
  await python.start(tell);
  tell("Judging …");
  return python.call("grade", { question, text });
};

for (const form of forms) {
  const said = form.querySelector("output");
  const input = form.querySelector("input");
  const typed = form.querySelector(".question-typed");
  const button = form.querySelector("button");
  input.addEventListener("input", () => {
    say(said, "", "");
    typed.hidden = !input.value.includes("\\");
    if (!typed.hidden) typeset(input.value.replace(/^\$+|\$+$/g, ""), typed);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const verdict = await judge(form, input.value, (text) => text && say(said, "busy", text));
      say(said, verdict.kind, verdict.said);
      if (verdict.kind === "right") {
        keep(answered().add(form.dataset.question));
        show();
      }
    } catch (error) {
      say(said, "unread", error.message);
    }
    button.disabled = false;
  });
}

if (forms.length) {
  forms[0].before(progress);
  show();
}

// Formulas to break

const panel = async (box) => {
  const label = box.dataset.break;
  const formula = (await data()).formulas[label];
  const text = make("textarea", { value: formula.tex, rows: 3, spellcheck: false, id: `break-${label}` });
  const seen = make("div", { className: "break-seen" });
  const said = make("output", { className: "question-said" });
  const tell = (progress) => progress && say(said, "busy", progress);
  const change = (tex) => {
    text.value = tex;
    text.dispatchEvent(new Event("input"));
  };
  text.addEventListener("input", () => {
    say(said, "", "");
    typeset(text.value, seen, true);
  });
  const check = make("button", { type: "button", textContent: "Check" });
  const reset = make("button", { type: "button", textContent: "Reset" });
  const slips = Object.entries(formula.slips).map(([what, tex]) => {
    const slip = make("button", { type: "button", textContent: what, className: "break-slip" });
    slip.addEventListener("click", () => {
      change(tex);
      check.click();
    });
    return slip;
  });
  reset.addEventListener("click", () => change(formula.tex));
  check.addEventListener("click", async () => {
    check.disabled = true;
    try {
      const python = await engine();
      await python.start(tell);
      const cell = (await python.cells()).find((one) => one.index === formula.cell);
      if (cell.needs)
        throw new Error(`Its check needs ${cell.needs}, and runs in the notebook of this page.`);
      await python.runThrough(formula.cell, tell);
      tell("Evaluating …");
      const { source } = cell;
      const args = { label, tex: text.value, source, slips: formula.slips };
      const { holds, said: found, slip } = await python.call("break_formula", args);
      const known = slip ? `This is the formula with a slip, ${slip}: ` : "";
      say(said, holds ? "right" : "wrong", `${known}${found}`);
    } catch (error) {
      say(said, "unread", error.message);
    }
    check.disabled = false;
  });
  const name = make("label", { htmlFor: text.id, textContent: "The formula, as TeX" });
  const tries = make("p", { className: "break-slips" }, "Or try a slip: ", ...slips);
  box.replaceChildren(name, text, seen, make("p", {}, check, " ", reset), tries, said);
  typeset(formula.tex, seen, true);
  text.focus();
};

for (const box of document.querySelectorAll("[data-break]")) {
  const open = make("button", { type: "button", textContent: "Break it: change the formula" });
  open.addEventListener("click", () =>
    panel(box).catch((error) => box.replaceChildren(error.message)),
  );
  if (!local) box.append(open);
}
