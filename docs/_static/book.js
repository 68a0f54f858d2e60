// Opens the fold that holds the place which an address names, as some browsers do not.
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
