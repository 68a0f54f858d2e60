// Shows the rows of the ledger that have the chosen page and kind.
"use strict";

(() => {
  const form = document.querySelector(".ledger-filters");
  if (!form) return;
  const rows = [...document.querySelectorAll("table.ledger tbody tr")];
  const show = () => {
    const [page, kind] = [...form.querySelectorAll("select")].map((menu) => menu.value);
    for (const row of rows) {
      const [, itsPage, itsKind] = [...row.cells].map((cell) => cell.textContent.trim());
      row.hidden = (page && page !== itsPage) || (kind && kind !== itsKind);
    }
    const count = rows.filter((row) => !row.hidden).length;
    form.querySelector("output").textContent = `${count} of ${rows.length} equations`;
  };
  form.addEventListener("change", show);
  addEventListener("hashchange", () => {
    form.reset();
    show();
  });
  show();
})();
