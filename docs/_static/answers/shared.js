// What the exercises and the panels share: the data of the page, the typesetter, and Python.

export const LONGEST = 2000; // signs of what is typed; to set more of them takes the page's time
const PATIENCE = 20; // seconds, for what is judged

const base = new URL("../", import.meta.url); // of the folder _static
const root = new URL("../", base);
const path = decodeURIComponent(location.pathname.slice(root.pathname.length));
export const page = path.replace(/(^|\/)$/, "$1index").replace(/\.html$/, "");

const once = (load) => {
  let kept;
  return () => (kept ??= load());
};

export const data = once(async () => {
  const answer = await fetch(new URL(`answers/${page}.json`, base));
  if (!answer.ok) throw new Error("The answers of this page are not on the site.");
  return answer.json();
});

const typesetter = once(() => import(new URL("katex/katex.mjs", base)));

/** Set TeX into an element; what cannot be set yet stays as it was typed. */
export async function set(element, tex) {
  element.dataset.tex = tex;
  const [{ default: katex }, { macros }] = await Promise.all([typesetter(), data()]);
  if (element.dataset.tex !== tex) return; // more was typed meanwhile
  try {
    if (tex) katex.render(tex, element, { macros: { ...macros }, throwOnError: true });
    else element.textContent = "";
  } catch {
    element.textContent = tex;
  }
}

/** Call a function of judge.py, after the cells above a cell have run, if one is named. */
export async function judge(name, args, progress, above) {
  let module;
  try {
    module = await import(new URL("python.js", base));
  } catch {
    throw new Error("Python is not part of this build of the site.");
  }
  if (module.unavailable()) throw new Error(module.unavailable());
  await module.python.start(progress);
  if (above !== undefined) await module.python.runThrough(above, progress);
  progress("Judging …");
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    module.python.stop();
  }, PATIENCE * 1000);
  try {
    return await module.python.call(name, args);
  } catch (error) {
    throw late ? new Error(`This was stopped after ${PATIENCE} seconds: it takes too long.`) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Return an element with its attributes and what is in it. */
export function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}
