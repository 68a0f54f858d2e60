// Python in the page: one worker, which holds the engine and the page's names.
// Nothing is fetched before `start`. A page read from disk cannot import this file (browsers
// refuse modules there), so who imports it looks at `location.protocol` first.

import { engine } from "./python/engine.js";

const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
const path = location.pathname.slice(root.pathname.length);
const name = path.replace(/(^|\/)$/, "$1index").replace(/\.html$/, "");

let worker, ready, page;
let ran = []; // the sources that were run, in the order of the cells
let waiting = new Map(); // what the worker was asked, by number
let count = 0;
let tell = () => {};
let turn = Promise.resolve(); // of what is asked for, one after the other
let ends = 0;

/** Return why Python cannot run here, or "" if it can. */
export function unavailable() {
  if (location.protocol === "file:") return "Python runs only in a page that a server sends.";
  if (typeof WebAssembly !== "object") return "This browser has no WebAssembly, which Python needs.";
  return engine ? "" : "Python is not part of this build of the site.";
}

const ask = (kind, rest) =>
  new Promise((resolve, reject) => {
    count += 1;
    waiting.set(count, { resolve, reject });
    worker.postMessage({ id: count, kind, ...rest });
  });

const hear = ({ data: { id, value, error, progress } }) => {
  if (progress) return tell(progress);
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (error) reject(new Error(error));
  else resolve(value);
};

const begin = async () => {
  if (unavailable()) throw new Error(unavailable());
  worker = new Worker(new URL("./python_worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", hear);
  worker.addEventListener("error", (event) => {
    end(new Error(event.message || "Python could not be loaded."));
  });
  const mine = worker;
  page ??= fetch(new URL(`_static/python/pages/${name}.json`, root)).then((answer) =>
    answer.ok ? answer.json() : { cells: [], displays: [] },
  );
  const { displays } = await page;
  if (worker === mine) await ask("init", { displays, judge: engine.judge });
};

const end = (reason) => {
  worker?.terminate();
  worker = ready = undefined;
  ran = [];
  ends += 1;
  for (const { reject } of waiting.values()) reject(reason);
  waiting.clear();
};

const inTurn = (perform) => {
  const before = ends;
  const mine = turn.then(() => {
    if (ends !== before) throw new Stopped("stopped while it waited");
    return perform();
  });
  turn = mine.catch(() => {});
  return mine;
};

// The cells above a place that others may need: not those that do nothing but check.
const before = (cells, index) =>
  cells.filter((cell) => !cell.needs && !cell.checks && cell.index < index);

const through = async (index, progress) => {
  await python.start(progress);
  const cells = before((await page).cells, index + 1);
  for (const [place, cell] of cells.entries()) {
    const source = python.changed.get(cell.index) ?? cell.source;
    if (ran[place]?.index === cell.index && ran[place].source === source) continue;
    ran.length = place; // what follows a changed cell runs again
    progress(`Running the cells above: ${place + 1} of ${cells.length} …`);
    const result = await ask("run", { index: cell.index, source, quiet: true });
    python.heard(cell.index, result);
    if (failed(cell, result))
      throw Object.assign(new Error("A cell above fails."), { cell: cell.index, result });
    ran.push({ index: cell.index, source });
  }
  progress("");
};

const failed = (cell, result) => result.error && !cell?.tags.includes("raises-exception");

/** The error with which a run ends that was stopped. */
export class Stopped extends Error {}

export const python = {
  /** What a reader has changed, by the index of the cell. */
  changed: new Map(),

  /** Told of the result of each cell that runs because another needs it: `(index, result)`. */
  heard: () => {},

  /** Load the engine; `progress` is told in words how far it is. */
  start(progress = () => {}) {
    tell = progress;
    ready ??= begin().catch((error) => {
      end(error);
      throw error;
    });
    return ready;
  },

  /** Return the cells of the page: `{index, source, tags, needs}`; without `needs` one runs. */
  async cells() {
    await python.start(tell);
    return (await page).cells;
  },

  /** Run the page's cells up to and with `index`, each once, in order, as the reader changed them. */
  runThrough(index, progress = () => {}) {
    return inTurn(() => through(index, progress));
  },

  /** Run `source` as the cell `index`, after those above it; a Result is `{outputs, error}`. */
  run(index, source, progress = () => {}) {
    return inTurn(async () => {
      await through(index - 1, progress);
      progress("Running …");
      const result = await ask("run", { index, source });
      const { cells } = await page;
      const cell = cells.find((one) => one.index === index);
      if (cell?.checks && source === cell.source) return result; // others stay as they are
      const place = before(cells, index).length;
      if (ran[place]?.source !== source) ran.length = place;
      if (ran.length === place && !failed(cell, result)) ran.push({ index, source });
      return result;
    });
  },

  /** Return what the function `name` of judge.py returns: `name(namespace, **args)`, as JSON. */
  call(name, args) {
    return inTurn(async () => {
      await python.start(tell);
      return ask("call", { name, args });
    });
  },

  /** End what runs, and with it the worker; the next run starts it anew. */
  stop() {
    end(new Stopped("stopped"));
  },

  /** Forget what was run and what the reader changed. */
  reset() {
    this.changed.clear();
    end(new Stopped("reset"));
  },
};
