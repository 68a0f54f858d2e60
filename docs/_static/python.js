// Python in the page: one worker, which holds the engine and the page's names.
// Nothing is fetched before `start`. A page read from disk cannot import this file (browsers
// refuse modules there), so who imports it checks `location.protocol` first or catches the refusal.

/** Return why Python cannot run here, or "" if it can. */
export function unavailable() {
  if (location.protocol === "file:") return "Python runs only in a page that a server sends.";
  if (typeof WebAssembly !== "object") return "This browser has no WebAssembly, which Python needs.";
  return "Python is not part of this build of the site.";
}

export const python = {
  /** Load the engine; `progress` is told in words how far it is. */
  async start(progress = () => {}) {},
  /** Run the page's cells up to and with `index`, each once, in order, as the reader changed them. */
  async runThrough(index, progress = () => {}) {},
  /** Run `source` as the cell `index`, after those above it; a Result is `{outputs, error}`. */
  async run(index, source) {},
  /** Return what the function `name` of judge.py returns for the page's names and `args`. */
  async call(name, args) {},
  /** End what runs, and with it the worker; the next run starts it anew. */
  stop() {},
  /** Forget what was run and what the reader changed. */
  reset() {},
};
