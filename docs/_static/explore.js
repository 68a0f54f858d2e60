// Puts a figure to take hold of in its picture's place, when a reader comes near.
{
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        const { module, figure } = target.dataset;
        import(new URL(module, document.baseURI))
          .then((figures) => figures.default[figure](target.lastElementChild))
          .then(
            () => target.classList.add("alive"),
            () => target.classList.add("still"), // a page read from disk loads no module
          );
      }
    },
    { rootMargin: "600px" },
  );
  for (const box of document.querySelectorAll("article .explore")) observer.observe(box);
}
