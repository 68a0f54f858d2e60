// Puts the figures to take hold of in the place of their pictures, when a reader comes near them.
"use strict";

(() => {
  const bring = async (box) => {
    const { module, kind, figure } = box.dataset;
    const { default: figures } = await import(new URL(module, document.baseURI));
    const stage = document.createElement("div");
    stage.className = `stage ${kind}`;
    box.append(stage);
    box.classList.add("alive");
    figures[figure](stage);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        // A page that is read from disk may load no module: the picture stays.
        bring(target).catch(() => target.classList.add("still"));
      }
    },
    { rootMargin: "600px" },
  );
  for (const box of document.querySelectorAll("article .explore")) observer.observe(box);
})();
