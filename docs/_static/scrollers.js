// Lets the keyboard reach what scrolls sideways: formulas, code and tables that are too wide.
"use strict";

(() => {
  const mark = (box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls) box.tabIndex = 0;
    else if (box.tabIndex === 0) box.removeAttribute("tabindex");
  };
  // Called when a box is first drawn, when its fold or tab opens, and when the window changes.
  const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
  const boxes = document.querySelectorAll(
    ".formula, .highlight pre, .output pre, .output.text_html, .table-wrapper, dl.slip dd",
  );
  boxes.forEach((box) => observer.observe(box));
  document.fonts.ready.then(() => document.querySelectorAll(".formula").forEach((box) => {
    if (box.checkVisibility({ contentVisibilityAuto: true })) mark(box);
  }));
})();
