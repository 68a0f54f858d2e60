// In `nox -s live`: show what the last build says of this page, and follow the author.
"use strict";
(() => {
  const BLOCKS = "h1, h2, h3, h4, p, li, pre, table, figure, .formula, svg";
  const here = decodeURIComponent(location.pathname).slice(1).replace(/\.html$|\/$/, "") || "index";

  const blocks = (root) => [...root.querySelectorAll("article " + BLOCKS.replaceAll(", ", ", article "))];

  const firstChange = (before, after) => {
    const place = after.findIndex((block, n) => block.outerHTML !== before[n]?.outerHTML);
    return place < 0 ? after.length - 1 : place;
  };

  // A new page is asked for first, to find where it differs from the one that is shown.
  const follow = async (pages) => {
    if (pages.length === 1 && pages[0] !== here) {
      location.href = `/${pages[0]}.html`;
      return;
    }
    const answer = await fetch(location.pathname);
    if (answer.ok && pages.includes(here)) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      sessionStorage.setItem("live-place", firstChange(blocks(document), blocks(page)));
    }
    location.reload();
  };

  const element = (name, text, style) => {
    const made = document.createElement(name);
    made.textContent = text;
    made.style.cssText = style;
    return made;
  };

  const show = (faults) => {
    document.getElementById("live-faults")?.remove();
    if (!faults.length) return;
    const box = element("aside", "", `position: fixed; inset: auto 0 0 0; max-height: 45vh; overflow: auto;
      z-index: 1000; padding: 0.75rem 1.25rem; background: #fff4f2; color: #1a1a1a;
      border-top: 4px solid #b3261e; font-size: 0.9rem`);
    box.id = "live-faults";
    box.setAttribute("role", "alert");
    const own = faults.filter((fault) => fault.page === here || !fault.page);
    const others = faults.filter((fault) => !own.includes(fault));
    for (const { page, line, message, source } of [...own, ...others]) {
      box.append(element("p", `${page || "the build"}, line ${line}`, "font-weight: bold; margin: 0.25rem 0"));
      box.append(element("pre", message, "white-space: pre-wrap; margin: 0; background: none; color: inherit"));
      if (source) box.append(element("pre", source, "margin: 0 0 0.5rem; color: #6b3a00; background: none"));
    }
    document.body.append(box);
  };

  const place = sessionStorage.getItem("live-place");
  if (place !== null) {
    sessionStorage.removeItem("live-place");
    blocks(document)[place]?.scrollIntoView({ block: "center" });
  }
  let build = null;
  new EventSource("/_live/events").addEventListener("message", ({ data }) => {
    const state = JSON.parse(data);
    if (build === null) show(state.faults);
    else if (state.build !== build) follow(state.pages);
    build = state.build;
  });
})();
