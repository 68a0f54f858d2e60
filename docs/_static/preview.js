// Shows what a link cites when the pointer rests on it or the keyboard reaches it; Escape closes.
"use strict";

(() => {
  const WAIT = 250; // milliseconds: a pointer that only passes by opens nothing
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const pages = {};
  const loading = {};
  let box, timer, current;

  window.bookPreviews = (page, fragments) => {
    pages[page] = fragments;
  };

  const load = (page) =>
    (loading[page] ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = new URL(`_static/previews/${page}.js`, root);
      script.onload = script.onerror = resolve;
      document.head.append(script);
    }));

  const target = (link) => {
    const url = new URL(link.href);
    if (url.origin !== root.origin || !url.pathname.startsWith(root.pathname)) return null;
    const page = url.pathname.slice(root.pathname.length).replace(/\.html$/, "") || "index";
    return { page, id: decodeURIComponent(url.hash.slice(1)) };
  };

  const close = () => {
    clearTimeout(timer);
    current?.removeAttribute("aria-describedby");
    box?.remove();
    box = current = undefined;
  };

  const open = async (link) => {
    const { page, id } = target(link);
    await load(page);
    const html = pages[page]?.[id];
    if (!html || link !== current) return;
    box = document.createElement("div");
    box.id = "preview";
    box.role = "tooltip";
    box.innerHTML = html;
    // Images in it are named as seen from their own page.
    for (const image of box.querySelectorAll("img")) {
      image.src = new URL(image.getAttribute("src"), new URL(`${page}.html`, root));
    }
    box.addEventListener("pointerenter", () => clearTimeout(timer));
    box.addEventListener("pointerleave", leave);
    document.body.append(box);
    link.setAttribute("aria-describedby", "preview");
    place(link);
  };

  const place = (link) => {
    const at = link.getClientRects()[0] ?? link.getBoundingClientRect();
    const room = document.documentElement.clientWidth - box.offsetWidth - 8;
    const below = at.bottom + box.offsetHeight + 8 < innerHeight;
    const top = below ? at.bottom + 4 : Math.max(at.top - box.offsetHeight - 4, 4);
    box.style.left = `${scrollX + Math.max(8, Math.min(at.left, room))}px`;
    box.style.top = `${scrollY + top}px`;
  };

  const enter = (event, wait) => {
    const link = event.target.closest?.('article a.internal[href*="#"]');
    if (!link || link === current || link.closest(".equation-mark")) return;
    close();
    if (!target(link)) return;
    current = link;
    timer = setTimeout(open, wait, link);
  };

  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(close, WAIT);
  };

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") enter(event, WAIT);
    if (event.target.closest?.("a") === current) clearTimeout(box && timer);
  });
  document.addEventListener("pointerout", (event) => {
    if (current?.contains(event.target) && !current.contains(event.relatedTarget)) leave();
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.(":focus-visible")) enter(event, 0);
  });
  document.addEventListener("focusout", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
})();
