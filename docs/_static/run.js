// Gives the cells that run in the page a button. What is behind it is loaded when one is pressed.
"use strict";

(() => {
  const possible = location.protocol !== "file:" && typeof WebAssembly === "object";
  const notebook = document.querySelector(".take-along a[download]")?.getAttribute("href");

  const button = (input) => {
    const bar = document.createElement("div");
    bar.className = "run-bar";
    const run = document.createElement("button");
    run.type = "button";
    run.className = "run";
    run.textContent = "Run";
    run.setAttribute("aria-label", "Run this cell and those that it needs");
    run.addEventListener("click", async () => {
      const { pressed } = await import(new URL("./running.js", here));
      pressed(input, run);
    });
    bar.append(run);
    input.append(bar);
    return run;
  };

  const elsewhere = (input) => {
    if (!notebook) return;
    const bar = document.createElement("div");
    bar.className = "run-bar";
    const link = document.createElement("a");
    link.href = notebook;
    link.download = "";
    link.textContent = "Runs in the notebook";
    bar.append(link);
    input.append(bar);
  };

  const here = document.currentScript.src;
  if (!possible) return;
  document.querySelector(".runs-where")?.remove();
  document.querySelectorAll(".cell_input.elsewhere").forEach(elsewhere);
  const key = (input) => `run:${location.pathname}:${input.id}`;
  for (const input of document.querySelectorAll(".cell_input.runs")) {
    const run = button(input);
    try {
      if (localStorage.getItem(key(input)) !== null)
        import(new URL("./running.js", here)).then(({ edit }) => edit(input, run));
    } catch {
      // a reader may forbid the site to remember
    }
  }
})();
