// The worker of a page: it holds the engine, and answers one message after the other.
//   init {root, page, files, displays, judge} -> null     run {index, source, quiet} -> {outputs, error}
//   call {name, args} -> JSON                          each answer is {id, value} or {id, error};
// {progress} tells in between how far it is. To stop it, end the worker: Python cannot be interrupted.

import "./python/pyodide.asm.mjs"; // which the next would else import under another name
import { loadPyodide } from "./python/pyodide.mjs";

const engine = new URL("./python/", import.meta.url).href;
const packages = ["mcalc-book"]; // with what it needs
let python, page, names;

const tell = (progress) => postMessage({ progress });

const text = async (name) => {
  const answer = await fetch(engine + name);
  if (!answer.ok) throw new Error(`${name} is not on the site`);
  return answer.text();
};

const load = async (wanted) => {
  const quiet = { messageCallback: () => {}, errorCallback: () => {} };
  await python.loadPackage(wanted, quiet);
  for (const name of wanted)
    if (!python.loadedPackages[name]) throw new Error(`${name} is not on the site`);
};

const actions = {
  async init({ displays, judge }) {
    tell("Loading Python …");
    const modules = ["page", ...(judge ? ["judge"] : [])];
    const sources = Promise.all(modules.map((name) => text(`${name}.py`)));
    python = await loadPyodide({
      indexURL: engine,
      packages,
      env: { HOME: "/home/pyodide", MPLBACKEND: "svg", MPLCONFIGDIR: "/tmp" },
    });
    tell("Loading NumPy …");
    (await sources).forEach((source, n) => python.FS.writeFile(`${modules[n]}.py`, source));
    names = python.pyimport("page");
    page = names.prepare("/tmp", JSON.stringify(displays));
    return null;
  },
  async run({ index, source, quiet }) {
    const wanted = names.packages(source).toJs().filter((name) => !python.loadedPackages[name]);
    if (wanted.length) {
      tell(`Loading ${wanted.join(" and ")} …`);
      await load(wanted);
    }
    return JSON.parse(page.run.callKwargs(index, source, { shown: !quiet }));
  },
  async call({ name, args }) {
    return JSON.parse(page.call(name, JSON.stringify(args)));
  },
};

let last = Promise.resolve();
addEventListener("message", ({ data: { id, kind, ...rest } }) => {
  last = last.then(async () => {
    try {
      postMessage({ id, value: await actions[kind](rest) });
    } catch (error) {
      const lines = String(error.message ?? error).trim().split("\n");
      postMessage({ id, error: lines.at(-1) }); // of a traceback the error
    }
  });
});
