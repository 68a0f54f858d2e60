// What the figures to take hold of share: planes to draw on, level curves, what a reader moves.

const SVG = "http://www.w3.org/2000/svg";
const TURN = Math.PI / 180;

const make = (parent, tag, attributes = {}, text = "") => {
  const space = tag === "svg" ? SVG : parent.namespaceURI;
  const element = document.createElementNS(space, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.textContent = text;
  parent.append(element);
  return element;
};

// Three digits, as the book writes numbers; of an integer all.
export const show = (x) =>
  x === undefined ? "" : Array.isArray(x) ? `(${x.map(show).join(", ")})`
  : `${Math.abs(x) < 1e-9 ? 0 : Number.isInteger(x) ? x : Math.abs(x) < 1e-3 ? x.toExponential(2) : +x.toPrecision(3)}`.replaceAll("-", "−");
export const range = (n, from = 0, to = n) =>
  Array.from({ length: n + 1 }, (_, i) => from + ((to - from) * i) / n);
export const polar = (degrees, r = 1) => [r * Math.cos(degrees * TURN), r * Math.sin(degrees * TURN)];
export const angle = ([x, y]) => Math.atan2(y, x) / TURN;
export const move = (p, v, t = 1) => p.map((x, k) => x + t * v[k]);

export const clamp = (x, [low, high]) => Math.min(Math.max(x, low), high);

// The eigenvalues of the symmetric matrix (a b; b d), the smaller one first, and what they say.
export const eigenvalues = (a, b, d) => [-1, 1].map((sign) => (a + d) / 2 + sign * Math.hypot((a - d) / 2, b));
export const shape = ([low, high]) =>
  low > 1e-9 ? "a bowl" : high < -1e-9 ? "a dome" : low * high < -1e-18 ? "a saddle" : "level in one direction";

// A plane that fills its box, and asks for a drawing whenever its size has changed.
const plane = (parent, ask, kind, limits, names = [], square = kind === "map") => {
  const svg = make(parent, "svg", { class: kind });
  const self = { svg };
  self.to = (p) => p.map((x, k) => self.sizes[k] / 2 + (x - self.middle[k]) * self.scale[k] * (k ? -1 : 1));
  self.from = ({ clientX, clientY }) => {
    const { left, top } = svg.getBoundingClientRect();
    const pixels = [clientX - left - self.sizes[0] / 2, top + self.sizes[1] / 2 - clientY];
    return pixels.map((x, k) => self.middle[k] + x / self.scale[k]);
  };
  self.pen = () => {
    const layer = make(svg, "g");
    const near = (x) => Math.round(clamp(x, [-1e4, 1e4]) * 10) / 10;
    const d = (points) => `M${points.map((p) => self.to(p).map(near)).join("L")}`;
    const pen = {
      clear: () => layer.replaceChildren(),
      path: (name, points, end = "") => make(layer, "path", { class: name, d: d(points) + end }),
      pieces: (name, lines) => make(layer, "path", { class: name, d: lines.map(d).join("") }),
      dot(name, p, r = 4) {
        const [cx, cy] = self.to(p);
        make(layer, "circle", { class: name, r, cx, cy });
      },
      text(name, p, text, [dx, dy] = [0, 4]) {
        const [x, y] = self.to(p);
        make(layer, "text", { class: name, x: x + dx, y: y + dy }, text);
      },
      // From p to q, but for the pixels that are left free at both ends.
      arrow(name, p, q, free = 0) {
        const [a, b] = [p, q].map(self.to);
        const long = Math.hypot(b[0] - a[0], b[1] - a[1]);
        if (!(long > 2 * free + 1)) return;
        const transform = `translate(${a}) rotate(${angle([b[0] - a[0], b[1] - a[1]])})`;
        const end = long - free;
        const head = Math.max(end - 11, free);
        make(layer, "path", { class: `${name} thick`, transform, d: `M${free} 0H${head}` });
        make(layer, "path", { class: `${name} tip`, transform, d: `M${end} 0L${head} 5V-5Z` });
      },
    };
    return pen;
  };
  const ground = self.pen();
  const axes = () => {
    ground.clear();
    const { lims } = self;
    const at = (k, x, side) => (k ? [lims[0][side], x] : [x, lims[1][side]]);
    names.forEach((name, k) => {
      const [low, high] = lims[k];
      const ten = 10 ** Math.floor(Math.log10((high - low) / 4));
      const step = ten * [1, 2, 5, 10].find((m) => m * ten >= (high - low) / 4);
      for (let x = Math.ceil(low / step) * step; x < high; x += step) {
        ground.path("axis faint", [at(k, x, 0), at(k, x, 1)]);
        const place = (x - low) / (high - low);
        if (place > 0.08 && place < 0.88) ground.text("tick", at(k, x, 0), show(x), k ? [14, 4] : [0, -6]);
      }
      ground.text(k ? "first" : "last", at(k, high, 0), name, k ? [4, 14] : [-6, -6]);
    });
  };
  new ResizeObserver(() => {
    const sizes = [svg.clientWidth, svg.clientHeight];
    svg.setAttribute("viewBox", `0 0 ${sizes}`);
    self.middle = limits.map(([a, b]) => (a + b) / 2);
    self.scale = limits.map(([a, b], k) => sizes[k] / (b - a));
    if (square) self.scale.fill(Math.min(...self.scale));
    self.lims = sizes.map((size, k) => [-1, 1].map((side) => self.middle[k] + (side * size) / 2 / self.scale[k]));
    self.sizes = sizes;
    axes();
    ask();
  }).observe(svg);
  return self;
};

// The level curves of f, as pieces between the sides of n × n cells.
export const contour = (limits, f, n = 64) => {
  const at = (place) => limits.map(([a, b], k) => a + ((b - a) * place[k]) / n);
  const values = range(n).map((j) => range(n).map((i) => f(...at([i, j]))));
  return (level) => {
    const pieces = [];
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++) {
        const v = [values[j][i], values[j][i + 1], values[j + 1][i + 1], values[j + 1][i]];
        const above = v.map((x) => x > level);
        if (above.every((x) => x === above[0])) continue;
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const cut = corners.flatMap((p, k) => {
          const l = (k + 1) % 4;
          const t = (level - v[k]) / (v[l] - v[k]);
          return above[k] === above[l] ? [] : [at(p.map((x, m) => x + t * (corners[l][m] - x)))];
        });
        while (cut.length) pieces.push(cut.splice(0, 2));
      }
    return pieces;
  };
};

// Draws level curves from blue, low, to orange, high, with their values where there is room.
// They are drawn anew when the key or the size has changed.
export const levelCurves = ({ to, sizes, lims }, pen, f, levels, key) => {
  if (pen.key === (key = `${key} ${sizes}`)) return;
  pen.key = key;
  pen.clear();
  const pieces = contour(lims, f);
  const taken = [];
  levels.forEach((level, k) => {
    const found = pieces(level);
    const high = (100 * k) / (levels.length - 1 || 1);
    pen.pieces("", found).style.stroke = `color-mix(in oklab, var(--explore-2) ${high}%, var(--explore-1))`;
    const rooms = found.map(([p]) => {
      const [x, y] = to(p);
      const apart = taken.map(([u, v]) => Math.hypot(x - u, 2 * (y - v)));
      return Math.min(60, x, sizes[0] - x, y, sizes[1] - y, ...apart);
    });
    const most = Math.max(30, ...rooms);
    if (!rooms.includes(most)) return;
    const [best] = found[rooms.indexOf(most)];
    taken.push(to(best));
    pen.text("tick", best, show(level));
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
      text.replaceChildren();
      for (const line of said) make(text, "p", {}, line);
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
      const output = make(box, "output");
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
      const group = make(svg, "g", { class: "handle", role: "slider", tabindex: 0, "aria-label": label });
      for (const r of [24, 8]) make(group, "circle", { r });
      const to = (p) => set(change(p.map((x, k) => clamp(x, map.lims[k]))));
      svg.onpointerdown = (event) => {
        const there = map.from(event);
        const far = Math.hypot(...move(there, of(now), -1)) * map.scale[0] > 28;
        if (event.button || (event.pointerType === "touch" && far)) return; // that scrolls
        svg.setPointerCapture(event.pointerId);
        event.preventDefault();
        group.focus({ preventScroll: true });
        if (far) to(there);
      };
      svg.onpointermove = (event) => {
        if (svg.hasPointerCapture(event.pointerId)) to(map.from(event));
      };
      group.onkeydown = (event) => {
        const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], Home: 1 }[event.key];
        if (!way) return;
        event.preventDefault();
        const size = event.shiftKey ? 5 : 1;
        if (way === 1) set(first);
        else if (turn) to(polar(now[turn] + 3 * size * (way[1] - way[0])));
        else to(move(of(now), way, (size * (map.lims[0][1] - map.lims[0][0])) / 50));
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
