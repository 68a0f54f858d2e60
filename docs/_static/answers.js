// Listens at the exercises and at the folds behind the formulas; all else is loaded on first use.
// Which exercises were answered right is kept on the reader's machine, and nothing else.
"use strict";

(() => {
  const here = document.currentScript.src;
  const load = (name) => import(new URL(`answers/${name}.js`, here));
  const forms = [...document.querySelectorAll(".answer-form")];
  const place = `answered:${location.pathname}`;
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(place)) ?? [];
    } catch {
      return []; // a reader may forbid the site to remember
    }
  };
  let right = new Set(kept());
  const keep = () => {
    try {
      if (right.size) localStorage.setItem(place, JSON.stringify([...right]));
      else localStorage.removeItem(place);
    } catch {}
  };
  const show = () => {
    const done = forms.filter((form) => right.has(form.dataset.key));
    for (const form of forms) form.classList.toggle("answered", done.includes(form));
    const line = document.querySelector(".answer-progress span");
    if (line) line.textContent = `${done.length} of ${forms.length} answered`;
  };
  const fail = (form, error) => {
    const disk = "Answers are checked where a server sends the page.";
    form.querySelector(".answer-verdict").textContent =
      location.protocol === "file:" ? disk : error.message;
  };
  for (const form of forms) {
    form.addEventListener("input", () => {
      form.querySelector(".answer-verdict").textContent = "";
      load("exercise").then(({ typed }) => typed(form)).catch(() => {});
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        const { check } = await load("exercise");
        if ((await check(form))?.right) right.add(form.dataset.key);
        keep();
        show();
      } catch (error) {
        fail(form, error);
      }
      button.disabled = false;
    });
  }
  document.querySelector(".answer-progress button")?.addEventListener("click", () => {
    right = new Set();
    keep();
    show();
    for (const verdict of document.querySelectorAll(".answer-verdict")) verdict.textContent = "";
  });
  const opened = (event) => {
    const panel = event.target.open && event.target.querySelector?.(":scope .break-it");
    if (panel) load("panel").then(({ open }) => open(panel));
  };
  document.addEventListener("toggle", opened, true);
  show();
})();
