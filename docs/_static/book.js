// Opens the fold that holds the place which an address names, as some browsers do not; has a page
// to which one goes back follow the choice of a tab made since; shows where in the book one is.
"use strict";

(() => {
  const reveal = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    let fold = place?.closest("details:not([open])");
    while (fold) {
      fold.open = true;
      fold = fold.parentElement.closest("details:not([open])");
      if (!fold) place.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  reveal();
})();

addEventListener("pageshow", () => {
  const scroller = document.querySelector(".sidebar-scroll");
  const [here, end] = [scroller?.querySelector(".current-page"), scroller].map(
    (element) => element?.getBoundingClientRect().bottom,
  );
  if (here > end) scroller.scrollBy({ top: here - end / 2, behavior: "instant" });
});

addEventListener("pageshow", () => {
  const chosen = (group) => {
    try {
      return localStorage.getItem(`sphinx-design-tab-id-${group}`);
    } catch {
      return null; // a reader may forbid the site to remember
    }
  };
  for (const label of document.querySelectorAll("label[data-sync-id]"))
    if (chosen(label.dataset.syncGroup) === label.dataset.syncId) label.control.checked = true;
});
