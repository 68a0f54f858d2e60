// Shows the rows of the ledger that have the chosen page and kind.
"use strict";

(() => {
  const form = document.querySelector(".ledger-filters");
  if (!form) return;
  const pages = [...document.querySelectorAll("table.ledger tbody")].map(({ rows }) => [...rows]);
  const text = (cell) => cell.textContent.trim();
  const show = () => {
    const [page, kind] = [...form.querySelectorAll("select")].map((menu) => menu.value);
    let [count, all] = [0, 0];
    for (const [heading, ...rows] of pages) {
      const here = !page || page === text(heading.cells[0]);
      for (const row of rows) row.hidden = !here || (kind && kind !== text(row.cells[1]));
      const shown = rows.filter((row) => !row.hidden).length;
      heading.hidden = !shown;
      count += shown;
      all += rows.length;
    }
    form.querySelector("output").textContent = `${count} of ${all} equations`;
  };
  form.addEventListener("change", show);
  addEventListener("hashchange", () => {
    form.reset();
    show();
  });
  show();
})();
