// A cell that runs: an editor in the place of its code, and what it gave in the place of the build's.

import { python, Stopped, unavailable } from "./python.js";

const key = (input) => `run:${location.pathname}:${input.id}`;
const index = (input) => Number(input.id.slice("cell-".length));
const cells = new Map(); // what is known of an input that has become an editor

const remember = (input, text) => {
  try {
    if (text === null) localStorage.removeItem(key(input));
    else localStorage.setItem(key(input), text);
  } catch {
    // a reader may forbid the site to remember
  }
};

const remembered = (input) => {
  try {
    return localStorage.getItem(key(input));
  } catch {
    return null;
  }
};

const make = (tag, name, text = "") => {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
};

const fit = (area) => {
  area.rows = area.value.split("\n").length;
};

/** Let a cell become an editor, once; return what is known of it. */
export function edit(input, run) {
  if (cells.has(input)) return cells.get(input);
  const code = input.querySelector("pre");
  const original = code.textContent.replace(/\n$/, "");
  const area = make("textarea", "run-editor");
  area.spellcheck = false;
  area.autocapitalize = area.autocomplete = "off";
  area.wrap = "off";
  area.setAttribute("aria-label", "The code of this cell. Control and Enter runs it, Escape leaves it.");
  area.value = remembered(input) ?? original;
  fit(area);
  input.querySelector('[class*="highlight-"]').hidden = true;
  input.prepend(area);
  const bar = input.querySelector(".run-bar");
  const [stop, reset] = ["Stop", "Reset"].map((text) => {
    const button = make("button", "run", text);
    button.type = "button";
    bar.append(button);
    return button;
  });
  stop.hidden = true;
  const said = make("p", "run-said");
  said.setAttribute("role", "status");
  bar.before(said);
  const cell = { input, area, original, run, stop, reset, said, shown: null };
  cells.set(input, cell);
  const note = () => {
    const changed = area.value !== original;
    remember(input, changed ? area.value : null);
    if (changed) python.changed.set(index(input), area.value);
    else python.changed.delete(index(input));
  };
  note();
  area.addEventListener("input", () => {
    fit(area);
    note();
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      press(cell);
    } else if (event.key === "Escape") run.focus();
  });
  stop.addEventListener("click", () => python.stop());
  reset.addEventListener("click", () => put(cell));
  return cell;
}

/** Run a cell whose button was pressed. */
export function pressed(input, run) {
  return press(edit(input, run));
}

const press = async (cell) => {
  if (cell.running) return;
  const say = (text) => {
    cell.said.textContent = text;
  };
  if (unavailable()) return say(unavailable());
  cell.running = true;
  cell.stop.hidden = false;
  say("…");
  try {
    const result = await python.run(index(cell.input), cell.area.value, say);
    show(cell, result);
    say(result.outputs.length || result.error ? "" : "Done. It prints nothing.");
  } catch (error) {
    if (error instanceof Stopped) say("Stopped. The next run starts Python anew.");
    else if (error.result) {
      say("");
      show(cell, { outputs: [], error: error.result.error, above: error.cell });
    } else say(`Python failed: ${error.message}`);
  } finally {
    cell.running = false;
    cell.stop.hidden = true;
  }
};

// The build's outputs of a cell; of two cells that share a fold they are the last one's.
const built = ({ input }) => {
  const cell = input.closest(".cell");
  const last = [...cell.querySelectorAll(".cell_input")].at(-1) === input;
  return last ? cell.querySelector(":scope > .cell_output, :scope > details > .cell_output") : null;
};

const show = (cell, { outputs, error, above }) => {
  cell.shown?.remove();
  const theirs = built(cell);
  const figures = [...(theirs?.querySelectorAll("figure, img") ?? [])].filter(
    (element) => !element.parentElement.closest("figure"),
  );
  cell.shown = make("div", "cell_output docutils container run-output");
  for (const output of outputs) cell.shown.append(drawn(output, figures));
  if (above !== undefined) {
    const line = make("p", "", "This fails in ");
    const link = make("a", "", "a cell above");
    link.href = `#cell-${above}`;
    line.append(link, ", which runs first:");
    cell.shown.append(line);
  }
  if (error) cell.shown.append(printed(error.text, "run-error"));
  if (theirs) theirs.hidden = true;
  const after = theirs ?? cell.input;
  after.after(cell.shown);
  for (const box of cell.shown.querySelectorAll(".text_plain"))
    if (box.scrollHeight > box.clientHeight) box.tabIndex = 0; // so that keys scroll it
};

const printed = (text, name) => {
  const box = make("div", `output text_plain ${name}`);
  const code = make("div", "highlight"); // the style of the build's
  code.append(make("pre", "", text));
  box.append(code);
  return box;
};

const drawn = ({ kind, text, data }, figures) => {
  if (kind !== "data") return printed(text.replace(/\n$/, ""), kind);
  if (data["text/html"]) {
    const box = make("div", "output text_html");
    box.innerHTML = data["text/html"];
    return box;
  }
  if (!data["image/svg+xml"]) return printed(data["text/plain"], "");
  const place = figures.shift(); // its caption and its alternative text stay
  const image = make("img", "run-figure");
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(data["image/svg+xml"])}`;
  image.alt = (place?.matches("img") ? place : place?.querySelector("img"))?.alt ?? "The figure drawn";
  if (!place?.matches("figure")) return image;
  const figure = place.cloneNode(true);
  for (const element of [figure, ...figure.querySelectorAll("[id]")]) element.removeAttribute("id");
  figure.querySelector("img").replaceWith(image);
  return figure;
};

const put = (cell) => {
  if (cell.running) python.stop();
  cell.shown?.remove();
  const theirs = built(cell);
  if (theirs) theirs.hidden = false;
  remember(cell.input, null);
  python.changed.delete(index(cell.input));
  cells.delete(cell.input);
  cell.area.remove();
  cell.said.remove();
  cell.stop.remove();
  cell.reset.remove();
  cell.input.querySelector('[class*="highlight-"]').hidden = false;
  cell.run.focus();
};
