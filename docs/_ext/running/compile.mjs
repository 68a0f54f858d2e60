// Run compiling.py in the engine: node compile.mjs ENGINE BOOK INTO, three folders.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [engine, book, into] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${engine}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${engine}/`, env: { MPLBACKEND: "svg" } });
for (const [place, folder] of Object.entries({ "/engine": engine, "/book": book, "/into": into }))
  python.mountNodeFS(place, folder);
python.runPython(readFileSync(new URL("compiling.py", import.meta.url), "utf8"));
python.runPython(`
sys.path += ["/book", "/book/docs/_ext/running", "/book/docs/_ext/answers"]
packages, library = (next(p for p in sys.path if p.endswith(end)) for end in ("-packages", ".zip"))
write(Path("/engine"), Path("/into"), Path(packages), Path(library))
`);
