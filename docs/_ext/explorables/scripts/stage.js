// What the figures to take hold of share: planes to draw on, level curves, what a reader moves.

const SVG = "http://www.w3.org/2000/svg";
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];
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
export const range = (n, from = 0, to = n) =>
  Array.from({ length: n + 1 }, (_, i) => mix([from, to], i / n));
const mix = ([a, b], t) => a + (b - a) * t;
export const polar = (degrees, r = 1) => [r * Math.cos(degrees * TURN), r * Math.sin(degrees * TURN)];
export const angle = ([x, y]) => Math.atan2(y, x) / TURN;
export const move = (p, v, t = 1) => p.map((x, k) => x + t * v[k]);

export const clamp = (x, [low, high]) => Math.min(Math.max(x, low), high);

// The eigenvalues of the symmetric matrix (a b; b d), the smaller one first, and what they say.
export const eigenvalues = (a, b, d) => [-1, 1].map((sign) => (a + d) / 2 + sign * Math.hypot((a - d) / 2, b));
export const shape = ([low, high]) =>
  low > 1e-9 ? "a bowl" : high < -1e-9 ? "a dome" : low < -1e-9 && high > 1e-9 ? "a saddle" : "level in one direction";

// A plane that fills its box, and asks for a drawing whenever its size has changed.
const plane = (parent, ask, kind, limits, names = [], square = kind === "map") => {
  const svg = make(parent, "svg", { class: kind });
  let middle, scale;
  const to = (p) => p.map((x, k) => self.sizes[k] / 2 + (x - middle[k]) * scale[k] * (k ? -1 : 1));
  const pen = () => {
    const layer = make(svg, "g");
    const near = (x) => Math.round(clamp(x, [-1e4, 1e4]) * 10) / 10; // a tenth of a pixel
    return {
      clear: () => layer.replaceChildren(),
      path: (name, ...lines) => {
        const d = lines.map((points) => `M${points.map((p) => to(p).map(near)).join("L")}`).join("");
        return make(layer, "path", { class: name, d });
      },
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
        const end = Math.hypot(...way) - free;
        if (!(end > free + 1)) return;
        const transform = `translate(${to(p)}) rotate(${angle(way)})`;
        const head = Math.max(end - 11, free);
        make(layer, "path", { class: `${name} thick`, transform, d: `M${free} 0H${head}` });
        make(layer, "path", { class: `${name} tip`, transform, d: `M${end} 0L${head} 5V-5Z` });
      },
    };
  };
  const self = {
    svg,
    to,
    pen,
    from({ clientX, clientY }) {
      const { left, top } = svg.getBoundingClientRect();
      const pixels = move([clientX - left, top - clientY], self.sizes, -0.5);
      return [pixels[0], pixels[1] + self.sizes[1]].map((x, k) => middle[k] + x / scale[k]);
    },
  };
  const ground = pen();
  new ResizeObserver(() => {
    self.sizes = [svg.clientWidth, svg.clientHeight];
    svg.setAttribute("viewBox", `0 0 ${self.sizes}`);
    middle = limits.map(([a, b]) => (a + b) / 2);
    scale = limits.map(([a, b], k) => self.sizes[k] / (b - a));
    if (square) scale.fill(Math.min(...scale));
    self.lims = middle.map((x, k) => [-0.5, 0.5].map((side) => x + (side * self.sizes[k]) / scale[k]));
    ground.clear();
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
      ground.text(k ? "first" : "last", at(high), name, k ? [4, 14] : [-6, -6]);
    });
    ask();
  }).observe(svg);
  return self;
};

// The level curves of f, as pieces between the sides of n × n cells.
export const contour = (limits, f, n) => {
  const values = range(n, ...limits[1]).map((y) => range(n, ...limits[0]).map((x) => f(x, y)));
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

// Draws level curves from blue, low, to orange, high, with their values.
// They are drawn anew when the key or the size has changed.
export const levelCurves = ({ sizes, lims }, pen, f, levels, key) => {
  if (pen.key === (key = `${key} ${sizes}`)) return;
  pen.key = key;
  pen.clear();
  const pieces = contour(lims, f, 48);
  levels.forEach((level, k) => {
    const found = pieces(level);
    const high = (100 * k) / (levels.length - 1 || 1);
    pen.path("", ...found).style.stroke = `color-mix(in oklab, var(--explore-2) ${high}%, var(--explore-1))`;
    // At its lowest point in sight.
    const inside = (p) => p.every((x, m) => x > mix(lims[m], 0.07) && x < mix(lims[m], 0.93));
    const [best] = found.map(([p]) => p).filter(inside).sort((p, q) => p[1] - q[1]);
    if (best) pen.text("tick", best, show(level));
  });
};

// A figure: what a reader moves changes `now`; `draw` draws it, and returns what there is to say.
export default (stage, [limits, names, square], first, draw) => {
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
      if (!planes.every(({ sizes }) => sizes?.every(Boolean))) return;
      if (!text) self.button("Reset", () => first);
      text ??= make(side, "div");
      const said = draw(now);
      text.replaceChildren(...said.map((line) => make(text, "p", {}, line)));
      for (const follow of controls) follow(now, said.join(". "));
    });
  };
  const add = (...given) => {
    planes.push(plane(...given));
    return planes.at(-1);
  };
  const map = add(stage, ask, "map", limits, names, square);
  const side = make(stage, "div", { class: "side" });
  const self = {
    map,
    view: (...given) => add(side, ask, "view", ...given),
    button(label, change, pressed) {
      const element = make(side, "button", { type: "button" }, label);
      element.onclick = () => set(change(now));
      if (pressed) controls.push((state) => element.setAttribute("aria-pressed", pressed(state)));
    },
    slider(label, name, ends, step, log) {
      const [there, back] = log ? [Math.log10, (x) => 10 ** x] : [Number, Number];
      const [min, max] = ends.map(there);
      const box = make(side, "label", {}, `${label} `);
      const output = make(box, "span"); // an output would be what the label names
      const input = make(box, "input", { type: "range", min, max, step });
      input.oninput = () => set({ [name]: back(+input.value) });
      controls.push((state) => {
        input.value = there(state[name]);
        output.textContent = show(state[name]);
        input.ariaValueText = output.textContent;
      });
    },
    // A point to drag: where it stands, what it changes, and the name of its angle if it only turns.
    handle(label, of, change, turn) {
      const { svg } = map;
      let held; // a finger has the capture of what it touches, held or not
      const group = make(svg, "g", { class: "handle", role: "slider", tabindex: 0, "aria-label": label });
      for (const r of [24, 8]) make(group, "circle", { r });
      const to = (p) => set(change(p.map((x, k) => clamp(x, map.lims[k]))));
      svg.onpointerdown = (event) => {
        const there = map.from(event);
        const far = Math.hypot(...move(map.to(there), map.to(of(now)), -1)) > 28;
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
        const k = ["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "Home"].indexOf(event.key);
        if (k < 0) return;
        event.preventDefault();
        const size = event.shiftKey ? 5 : 1;
        if (k > 3) set(first);
        else if (turn) to(polar(now[turn] + (k % 3 ? 3 : -3) * size));
        else to(move(of(now), polar(90 * k), (size * (map.lims[0][1] - map.lims[0][0])) / 50));
      };
      controls.push((state, said) => {
        group.setAttribute("transform", `translate(${map.to(of(state))})`);
        const [min, max] = turn ? [-180, 180] : map.lims[0];
        const values = { now: turn ? state[turn] : of(state)[0], min, max, text: said };
        for (const name in values) group.setAttribute(`aria-value${name}`, values[name]);
      });
    },
  };
  return self;
};
