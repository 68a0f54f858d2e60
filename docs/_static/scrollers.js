// Lets the keyboard reach what scrolls sideways: formulas, code and tables that are too wide.
"use strict";

(() => {
  const mark = (boxes) => {
    // All are measured before one is changed: each change would have the next measured anew.
    const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
    boxes.forEach((box, i) => {
      if (scrolls[i]) box.tabIndex = 0;
      else if (box.tabIndex === 0) box.removeAttribute("tabindex");
    });
  };
  // Called when a box is first drawn, when its fold or tab opens, and when the window changes.
  const observer = new ResizeObserver((entries) => mark(entries.map(({ target }) => target)));
  const boxes = document.querySelectorAll(
    ".formula, .highlight pre, .output pre, .output.text_html, .table-wrapper, dl.slip dd",
  );
  boxes.forEach((box) => observer.observe(box));
  document.fonts.ready.then(() => mark([...document.querySelectorAll(".formula")]));
})();
