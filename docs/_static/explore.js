// Puts the figures to take hold of in the place of their pictures, when a reader comes near them.
"use strict";

(() => {
  const bring = async (box) => {
    try {
      const figures = await import(new URL(box.dataset.module, document.baseURI));
      const figure = figures.default[box.dataset.figure];
      const { default: show } = await import(`./explore/${figure.kind}.js`);
      const stage = document.createElement("div");
      stage.className = `stage ${figure.kind}`;
      stage.role = "group";
      stage.ariaLabel = "Figure to take hold of";
      box.append(stage);
      show(stage, figure);
      box.classList.add("alive");
    } catch (error) {
      console.warn(error); // from disk, where a page may load no module, the picture stays
      box.classList.add("still");
    }
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting) {
          observer.unobserve(target);
          bring(target);
        }
    },
    { rootMargin: "600px" },
  );
  for (const box of document.querySelectorAll("article .explore")) observer.observe(box);
})();
