// What the figures to take hold of share: planes to draw on, level curves, what a reader moves.

const SVG = "http://www.w3.org/2000/svg";
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];
const KEYS = ["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "Home"];
const TURN = Math.PI / 180;

const make = (parent, tag, attributes = {}, text = "") => {
  const space = tag === "svg" ? SVG : parent.namespaceURI;
  const element = document.createElementNS(space, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.textContent = text;
  parent.append(element);
  return element;
};

// Three digits, as the book writes numbers; of an integer that is not large, all.
export const show = (x) => {
  if (x.map) return `(${x.map(show).join(", ")})`;
  const size = Math.abs(x);
  const short = size < 1e-9 ? 0 : size < 1e-3 || size >= 1e7 ? x.toExponential(2) : x % 1 ? +x.toPrecision(3) : x;
  return `${short}`.replace("+", "").replaceAll("-", "−");
};
const mix = ([a, b], t) => a + (b - a) * t;
export const range = (n, ...ends) => Array.from({ length: n + 1 }, (_, i) => mix(ends, i / n));
export const polar = (degrees, r = 1) => [r * Math.cos(degrees * TURN), r * Math.sin(degrees * TURN)];
export const angle = ([x, y]) => Math.atan2(y, x) / TURN;
export const move = (p, v, t = 1) => p.map((x, k) => x + t * v[k]);
export const length = (v) => Math.hypot(...v);
export const clamp = (x, [low, high]) => Math.min(Math.max(x, low), high);

// The eigenvalues of the symmetric matrix (a b; b d), the smaller one first, and what they say.
export const eigenvalues = (a, b, d) => [-1, 1].map((sign) => (a + d) / 2 + sign * Math.hypot((a - d) / 2, b));
export const shape = ([low, high]) =>
  low > 1e-9 ? "a bowl" : high < -1e-9 ? "a dome" : low < -1e-9 && high > 1e-9 ? "a saddle" : "level in one direction";

// The level curves of f, as pieces between the sides of n × n cells.
export const contour = (limits, f, n) => {
  const [xs, ys] = limits.map((ends) => range(n, ...ends));
  const values = ys.map((y) => xs.map((x) => f(x, y)));
  return (level) => {
    const pieces = [];
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++) {
        const cut = CORNERS.flatMap((p, k) => {
          const q = CORNERS[(k + 1) % 4];
          const [u, v] = [p, q].map(([a, b]) => values[j + b][i + a] - level);
          const place = move(move([i, j], p), move(q, p, -1), u / (u - v));
          return u > 0 === v > 0 ? [] : [place.map((x, m) => mix(limits[m], x / n))];
        });
        while (cut.length) pieces.push(cut.splice(0, 2));
      }
    return pieces;
  };
};

// A plane that fills its box, and asks for a drawing whenever its size has changed. A map whose
// axes have names shows both to one scale.
const plane = (parent, ask, kind, limits, names = []) => {
  const svg = make(parent, "svg", { class: kind });
  const middle = limits.map((ends) => mix(ends, 0.5));
  let scale, key;
  // To a tenth of a pixel; a descent that diverges leaves what a browser can draw.
  const to = (p) => p.map((x, k) => Math.round(clamp(self.sizes[k] / 2 + (x - middle[k]) * scale[k], [-1e6, 1e6]) * 10) / 10);
  const pen = () => {
    const layer = make(svg, "g");
    return {
      clear: () => layer.replaceChildren(),
      path: (name, ...lines) =>
        make(layer, "path", { class: name, d: lines.map((points) => `M${points.map(to).join("L")}`).join("") }),
      dot(name, p, r = 4) {
        const [cx, cy] = to(p);
        make(layer, "circle", { class: name, r, cx, cy });
      },
      text(name, p, text, shift = [0, 4]) {
        const [x, y] = move(to(p), shift);
        make(layer, "text", { class: name, x, y }, text);
      },
      // From p to q, but for the pixels that are left free at both ends.
      arrow(name, p, q, free = 0) {
        const way = move(to(q), to(p), -1);
        const end = length(way) - free;
        const head = Math.max(end - 10, free);
        const d = `M${free} 0H${head}M${end - 1} 0L${head} 4V-4Z`;
        if (end > free + 1) make(layer, "path", { class: `arrow ${name}`, transform: `translate(${to(p)}) rotate(${angle(way)})`, d });
      },
    };
  };
  const [ground, curves, self, above] = [pen(), pen(), pen(), pen()];
  new ResizeObserver(() => {
    self.sizes = [svg.clientWidth, svg.clientHeight];
    svg.setAttribute("viewBox", `0 0 ${self.sizes}`);
    scale = limits.map(([a, b], k) => self.sizes[k] / (b - a));
    if (kind === "map" && names[0]) scale.fill(Math.min(...scale));
    self.lims = middle.map((x, k) => [-0.5, 0.5].map((side) => x + (side * self.sizes[k]) / scale[k]));
    scale[1] *= -1;
    ground.clear();
    above.clear();
    names.forEach((name, k) => {
      const [low, high] = self.lims[k];
      const at = (x, side = 0) => (k ? [self.lims[0][side], x] : [x, self.lims[1][side]]);
      const ten = 10 ** Math.floor(Math.log10((high - low) / 4));
      const step = ten * [1, 2, 5, 10].find((m) => m * ten >= (high - low) / 4);
      for (let x = Math.ceil(low / step) * step; x < high; x += step) {
        ground.path("axis faint", [at(x), at(x, 1)]);
        const place = (x - low) / (high - low);
        if (place > 0.08 && place < 0.88) ground.text("tick", at(x), show(x), k ? [14, 4] : [0, -6]);
      }
      above.text(k ? "first" : "last", at(high), name, k ? [4, 14] : [-6, -6]);
    });
    ask();
  }).observe(svg);
  return Object.assign(self, {
    svg,
    to,
    sizes: [0, 0],
    from({ clientX, clientY }) {
      const { left, top } = svg.getBoundingClientRect();
      return [clientX - left, clientY - top].map((x, k) => middle[k] + (x - self.sizes[k] / 2) / scale[k]);
    },
    // Draws level curves from blue, low, to orange, high, with their values: anew when they change.
    levels(f, levels, ...rest) {
      if (key === (key = `${[f, rest, self.sizes]}`)) return;
      curves.clear();
      const pieces = contour(self.lims, (x, y) => f(x, y, ...rest)[0], 48);
      levels.forEach((level, k) => {
        const found = pieces(level);
        const high = (100 * k) / (levels.length - 1 || 1);
        curves.path("", ...found).style.stroke = `color-mix(in oklab, var(--explore-2) ${high}%, var(--explore-1))`;
        // At its lowest point in sight.
        const inside = (p) => to(p).every((x, m) => x > 25 && x < self.sizes[m] - 25);
        const [best] = found.map(([p]) => p).filter(inside).sort((p, q) => p[1] - q[1]);
        if (best) curves.text("tick", best, show(level));
      });
    },
  });
};

// A figure: what a reader moves changes `now`; `draw` draws it, and returns what there is to say.
export default (stage, { limits, names, first }, draw) => {
  let now = first;
  let asked, text;
  const controls = [];
  const planes = [];
  const set = (change) => {
    now = { ...now, ...change };
    ask();
  };
  // Draws once a frame, however often it is asked to, when all the planes have their sizes.
  const ask = () => {
    asked ??= requestAnimationFrame(() => {
      asked = null;
      if (!planes.every(({ sizes: [width, height] }) => width * height)) return;
      if (!text) button("Reset", () => first);
      text ??= make(side, "div");
      for (const { clear } of planes) clear();
      const said = draw(now);
      text.replaceChildren(...said.map((line) => make(text, "p", {}, line)));
      for (const follow of controls) follow(said.join(". "));
    });
  };
  const add = (parent, ...given) => {
    planes.push(plane(parent, ask, ...given));
    return planes.at(-1);
  };
  const button = (label, change, pressed) => {
    const element = make(side, "button", { type: "button" }, label);
    element.onclick = () => set(change(now));
    if (pressed) controls.push(() => (element.ariaPressed = pressed(now)));
  };
  const map = add(stage, "map", limits, names);
  const { svg } = map;
  const side = make(stage, "div", { class: "side" });
  return {
    map,
    button,
    view: (...given) => add(side, "view", ...given),
    slider(label, name, [min, max], step, value = Number) {
      const box = make(side, "label", {}, `${label} `);
      const output = make(box, "span"); // an output would be what the label names
      const input = make(box, "input", { type: "range", min, max, step });
      input.oninput = () => set({ [name]: +input.value });
      controls.push(() => {
        input.value = now[name];
        output.textContent = input.ariaValueText = show(value(now[name]));
      });
    },
    // A point to drag, p; or at a radius a direction, turn, in whole degrees.
    handle(label, radius) {
      let held; // a finger has the capture of what it touches, held or not
      const group = make(svg, "g", { class: "handle", role: "slider", tabindex: 0, "aria-label": label });
      for (const r of [24, 8]) make(group, "circle", { r });
      const at = () => (radius ? polar(now.turn, radius) : now.p);
      const to = (p) =>
        set(radius ? { turn: Math.round(angle(p)) } : { p: p.map((x, k) => clamp(x, map.lims[k])) });
      svg.onpointerdown = (event) => {
        const there = map.from(event);
        const far = length(move(map.to(there), map.to(at()), -1)) > 28;
        if (event.button || (event.pointerType === "touch" && far)) return; // that scrolls
        svg.setPointerCapture((held = event.pointerId));
        event.preventDefault();
        group.focus({ preventScroll: true });
        if (far) to(there);
      };
      svg.onpointermove = (event) => {
        if (held === event.pointerId) to(map.from(event));
      };
      svg.onlostpointercapture = () => (held = null);
      // A browser begins to scroll with a finger whatever the style of a part of a drawing says.
      svg.ontouchstart = (event) => held != null && event.preventDefault();
      group.onkeydown = (event) => {
        const k = KEYS.indexOf(event.key);
        if (k < 0) return;
        event.preventDefault();
        const size = event.shiftKey ? 5 : 1;
        const [low, high] = map.lims[0];
        if (k > 3) set(first);
        else if (radius) to(polar(now.turn + (k % 3 ? 3 : -3) * size));
        else to(move(now.p, polar(90 * k), (size * (high - low)) / 50));
      };
      controls.push((said) => {
        group.setAttribute("transform", `translate(${map.to(at())})`);
        const [min, max] = radius ? [-180, 180] : map.lims[0];
        Object.assign(group, { ariaValueNow: radius ? now.turn : now.p[0], ariaValueMin: min, ariaValueMax: max, ariaValueText: said });
      });
    },
  };
};
