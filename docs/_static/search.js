// Searches the book in the browser. What it needs is loaded when a reader first asks for it.
"use strict";

(() => {
  const PAGES = 8; // shown for a query
  const SECTIONS = 3; // shown of a page
  const STOP = new Set(
    "a an and are as at be by can do does for from how i in is it of on or that the to what when why with".split(" "),
  );
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  let index, loaded;

  const script = (name) =>
    new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = new URL(`_static/search/${name}.js`, root);
      element.async = false; // they run in this order
      element.onload = resolve;
      element.onerror = () => reject(new Error(`${element.src} did not load`));
      document.head.append(element);
    });

  const load = () =>
    (loaded ??= Promise.all(
      ["base-stemmer", "english-stemmer", "minisearch", "entries"].map(script),
    ));

  window.bookEntries = (entries) => {
    const stemmer = new EnglishStemmer();
    index = new MiniSearch({
      idField: "url",
      fields: ["title", "page", "terms", "text", "code"],
      storeFields: ["url", "title", "page", "terms", "text"],
      processTerm: (term) => {
        const word = term.toLowerCase();
        return STOP.has(word) ? null : stemmer.stemWord(word);
      },
      searchOptions: {
        boost: { title: 5, terms: 4, page: 3, code: 0.3 },
        prefix: (term) => term.length > 2,
        fuzzy: (term) => (term.length > 4 ? 0.2 : 0),
        weights: { prefix: 0.5, fuzzy: 0.2 },
        // The library's reference names every subject; who asks for a subject wants the page on it.
        boostDocument: (url) => (url.startsWith("reference/") ? 0.8 : 1),
      },
    });
    index.addAll(entries);
  };

  // Sections that hold every word count in full, others little, and more if they hold them as one
  // phrase. A page counts for its best section and, with less weight, for the others: a page on
  // the subject has many.
  const find = (query) => {
    const every = new Set(index.search(query, { combineWith: "AND" }).map((hit) => hit.id));
    const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
    const phrase = plain(query);
    const holds = (text) => plain(text).includes(phrase);
    const factor = (hit) =>
      (every.has(hit.id) ? 1 : 0.2) *
      (holds(`${hit.title}\n${hit.terms}`) ? 2 : holds(hit.text) ? 1.5 : 1);
    const pages = new Map();
    for (const hit of index.search(query)) {
      const page = hit.url.split("#")[0];
      if (!pages.has(page)) pages.set(page, []);
      pages.get(page).push({ ...hit, score: hit.score * factor(hit) });
    }
    const weigh = (hits) => hits[0].score + 0.2 * hits.reduce((sum, hit) => sum + hit.score, 0);
    return [...pages.values()]
      .map((hits) => hits.sort((a, b) => b.score - a.score))
      .sort((a, b) => weigh(b) - weigh(a))
      .slice(0, PAGES);
  };

  const element = (name, attributes, ...children) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  };

  const excerpt = (hit) => {
    const words = Object.keys(hit.match).map((word) => word.replace(/i$/, ""));
    const safe = words.map((word) => word.replace(/[^\p{L}\p{N}]/gu, ".")).filter(Boolean);
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${safe.join("|") || "$."})[\\p{L}\\p{N}]*`, "giu");
    const first = hit.text.search(pattern);
    const from = first > 90 ? hit.text.indexOf(" ", first - 80) + 1 : 0;
    const piece = hit.text.slice(from, from + 220);
    const shown = element("p", {}, from ? "… " : "");
    let end = 0;
    for (const found of piece.matchAll(pattern)) {
      shown.append(piece.slice(end, found.index), element("mark", {}, found[0]));
      end = found.index + found[0].length;
    }
    shown.append(piece.slice(end), from + 220 < hit.text.length ? " …" : "");
    return shown;
  };

  const item = ([best, ...others]) => {
    const link = (hit) => element("a", { href: new URL(hit.url, root) }, hit.title);
    const made = element("li", {}, link(best));
    if (best.title !== best.page) made.append(element("span", { className: "page" }, best.page));
    if (best.text) made.append(excerpt(best));
    const more = others.slice(0, SECTIONS - 1);
    if (more.length) {
      made.append(element("ul", {}, ...more.map((hit) => element("li", {}, link(hit)))));
    }
    return made;
  };

  const build = (place) => {
    const input = element("input", { type: "search", placeholder: "Search the book", name: "q" });
    input.setAttribute("aria-label", "Search the book");
    input.autocomplete = "off";
    const status = element("p", { className: "status", role: "status" });
    const list = element("ol", { className: "results" });
    const show = async () => {
      if (!input.value.trim() && !loaded) return;
      try {
        await load();
      } catch (error) {
        status.textContent = `The search could not start: ${error.message}.`;
        return;
      }
      const found = input.value.trim() ? find(input.value) : [];
      list.replaceChildren(...found.map(item));
      const count = found.length === 1 ? "1 page" : `${found.length} pages`;
      status.textContent = input.value.trim() ? (found.length ? count : "Nothing found.") : "";
    };
    input.addEventListener("input", show);
    place.addEventListener("keydown", (event) => {
      const links = [...list.querySelectorAll("a")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        const at = links.indexOf(document.activeElement) + step;
        (at < 0 ? input : links[Math.min(at, links.length - 1)])?.focus();
      } else if (event.key === "Enter" && event.target === input) {
        event.preventDefault();
        links[0]?.click();
      }
    });
    place.append(input, status, list);
    return { input, show };
  };

  const page = document.getElementById("search-page");
  let dialog, field;

  const open = () => {
    if (page) return page.querySelector("input").focus();
    if (!dialog) {
      dialog = element("dialog", { id: "search-dialog" });
      dialog.setAttribute("aria-label", "Search");
      field = build(dialog);
      dialog.addEventListener("keydown", (event) => event.key === "Escape" && dialog.close());
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog || event.target.closest("a")) dialog.close();
      });
      document.body.append(dialog);
    }
    if (!dialog.open) dialog.showModal();
    field.input.select();
    load().catch(field.show);
  };

  if (page) {
    const { input, show } = build(page);
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    input.focus();
    show();
  }

  for (const link of document.querySelectorAll(".search-open")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open();
    });
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (slash || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      open();
    }
  });
})();
