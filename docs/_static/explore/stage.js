// What the figures to take hold of share: a plane with axes and level curves, a point to drag.

const SVG = "http://www.w3.org/2000/svg";

export const make = (parent, tag, attributes = {}, text = "") => {
  const drawn = tag === "svg" || parent.namespaceURI === SVG;
  const element = document.createElementNS(drawn ? SVG : parent.namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
};

// Three digits, as the book writes numbers.
export const show = (x) => {
  if (!Number.isFinite(x)) return x > 0 ? "∞" : x < 0 ? "−∞" : "–";
  const size = Math.abs(x);
  if (size < 1e-9) return "0";
  if (size < 1e5 && size >= 1e-3) return `${+x.toPrecision(3)}`.replace("-", "−");
  const [digits, power] = x.toExponential(1).replaceAll("-", "−").split("e");
  return `${digits}·10${[...power.replace("+", "")].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["−0123456789".indexOf(c)]).join("")}`;
};
export const pair = (v) => `(${v.map(show).join(", ")})`;

export const line = (points, close = "") =>
  `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${close}`;

const clamp = (x, [low, high]) => Math.min(Math.max(x, low), high);

// A plane that fills its box; `draw` is called whenever its size has changed.
export const plane = (parent, { xlim, ylim, className = "map", names = [], square = true, ticks = true }) => {
  const svg = make(parent, "svg", { class: className });
  const ground = make(svg, "g");
  const self = {
    svg,
    layer: () => make(svg, "g"),
    to: ([x, y]) => [self.cx + (x - self.x0) * self.sx, self.cy - (y - self.y0) * self.sy],
    from: (event) => {
      const box = svg.getBoundingClientRect();
      return [
        self.x0 + (event.clientX - box.left - self.cx) / self.sx,
        self.y0 - (event.clientY - box.top - self.cy) / self.sy,
      ];
    },
    line: (points, close) => line(points.map(self.to), close),
    axes() {
      ground.replaceChildren();
      for (const k of ticks ? [0, 1] : []) {
        const [low, high] = k ? self.ylim : self.xlim;
        const raw = (high - low) / 4;
        const ten = 10 ** Math.floor(Math.log10(raw));
        const step = ten * [1, 2, 5, 10].find((m) => m * ten >= raw);
        for (let i = Math.ceil(low / step); i * step < high; i++) {
          const at = (v) => self.to(k ? [v, i * step] : [i * step, v]);
          const ends = k ? self.xlim : self.ylim;
          make(ground, "path", { class: "axis faint", d: line([at(ends[0]), at(ends[1])]) });
          const [x, y] = at(ends[0]);
          if (k ? y > 14 && y < self.height - 24 : x > 24 && x < self.width - 30)
            make(ground, "text", { class: "tick", x: k ? 4 : x, y: k ? y + 4 : self.height - 6, "text-anchor": k ? "start" : "middle" }, show(i * step));
        }
      }
      const last = { x: self.width - 6, y: self.height - 6, "text-anchor": "end" };
      if (names[0]) make(ground, "text", last, names[0]);
      if (names[1]) make(ground, "text", { x: 4, y: 14 }, names[1]);
    },
  };
  self.fit = (draw) =>
    new ResizeObserver(() => {
      const [w, h] = [svg.clientWidth, svg.clientHeight];
      if (!w || !h) return;
      svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
      [self.width, self.height, self.cx, self.cy] = [w, h, w / 2, h / 2];
      [self.x0, self.y0] = [xlim, ylim].map(([a, b]) => (a + b) / 2);
      [self.sx, self.sy] = [w / (xlim[1] - xlim[0]), h / (ylim[1] - ylim[0])];
      if (square) self.sx = self.sy = Math.min(self.sx, self.sy);
      self.xlim = [self.x0 - w / 2 / self.sx, self.x0 + w / 2 / self.sx];
      self.ylim = [self.y0 - h / 2 / self.sy, self.y0 + h / 2 / self.sy];
      self.axes();
      draw();
    }).observe(svg);
  return self;
};

// The level curves of f as pieces between the sides of n × n cells.
export const contour = ({ xlim, ylim }, f, n = 64) => {
  const at = ([i, j]) => [xlim[0] + ((xlim[1] - xlim[0]) * i) / n, ylim[0] + ((ylim[1] - ylim[0]) * j) / n];
  const values = Array.from({ length: (n + 1) ** 2 }, (_, k) => f(...at([k % (n + 1), Math.floor(k / (n + 1))])));
  return (level) => {
    const pieces = [];
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++) {
        const k = j * (n + 1) + i;
        const v = [values[k], values[k + 1], values[k + n + 2], values[k + n + 1]];
        const above = v.map((x) => x > level);
        if (above[0] === above[1] && above[1] === above[2] && above[2] === above[3]) continue;
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const cut = [];
        for (let c = 0; c < 4; c++) {
          const d = (c + 1) % 4;
          if (above[c] === above[d]) continue;
          const t = (level - v[c]) / (v[d] - v[c]);
          cut.push(at(corners[c].map((a, q) => a + t * (corners[d][q] - a))));
        }
        for (let c = 0; c + 1 < cut.length; c += 2) pieces.push([cut[c], cut[c + 1]]);
      }
    return pieces;
  };
};

// Level curves from blue, low, to orange, high, with their values.
export const levelCurves = (map, layer, f, levels) => {
  const pieces = contour(map, f);
  const labels = [];
  layer.replaceChildren();
  levels.forEach((level, k) => {
    const found = pieces(level).map((ends) => ends.map(map.to));
    if (!found.length) return;
    const high = Math.round((100 * k) / Math.max(levels.length - 1, 1));
    const color = `color-mix(in oklab, var(--explore-2) ${high}%, var(--explore-1))`;
    make(layer, "path", { d: found.map((ends) => line(ends)).join("") }).style.stroke = color;
    // The value stands where the curve is far from the frame and from other values.
    const room = ([x, y]) =>
      Math.min(60, x - 24, map.width - x - 24, y - 16, map.height - y - 30, ...labels.map(([u, v]) => Math.hypot(x - u, 2 * (y - v)) - 30));
    const best = found.reduce((a, b) => (room(b[0]) > room(a[0]) ? b : a))[0];
    if (room(best) < 0) return;
    labels.push(best);
    make(layer, "text", { class: "tick", x: best[0], y: best[1] + 4, "text-anchor": "middle" }, show(level));
  });
};

export const arrow = (layer, className, [x, y], [u, v]) => {
  const long = Math.hypot(u - x, v - y);
  if (!(long > 1)) return;
  const [a, b] = [(u - x) / long, (v - y) / long];
  const head = Math.min(11, long);
  const [p, q] = [u - head * a, v - head * b];
  make(layer, "path", { class: `${className} thick`, d: line([[x, y], [p, q]]) });
  const tip = [[u, v], [p - 5 * b, q + 5 * a], [p + 5 * b, q - 5 * a]];
  make(layer, "path", { class: `${className} tip`, d: line(tip, "Z") });
};

// A point that is dragged, or moved by the arrow keys; `move` gets where it is to be.
export const handle = (map, { label, move, at, home, step }) => {
  const group = make(map.svg, "g", { class: "handle", role: "slider", tabindex: 0, "aria-label": label });
  const circles = [24, 8].map((r, k) => make(group, "circle", { r, class: k ? "knob" : "grip" }));
  const go = (p) => move([clamp(p[0], map.xlim), clamp(p[1], map.ylim)]);
  const near = (event) => {
    const box = map.svg.getBoundingClientRect();
    const [x, y] = map.to(at());
    return Math.hypot(event.clientX - box.left - x, event.clientY - box.top - y) < 28;
  };
  map.svg.addEventListener("pointerdown", (event) => {
    if (event.button || (event.pointerType === "touch" && !near(event))) return; // that scrolls
    map.svg.setPointerCapture(event.pointerId);
    group.focus({ preventScroll: true });
    event.preventDefault();
    if (!near(event)) go(map.from(event));
  });
  map.svg.addEventListener("pointermove", (event) => {
    if (map.svg.hasPointerCapture(event.pointerId)) go(map.from(event));
  });
  group.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way && event.key !== "Home") return;
    event.preventDefault();
    if (!way) return move(home());
    const size = (map.xlim[1] - map.xlim[0]) / (event.shiftKey ? 10 : 50);
    step ? step(way) : go(at().map((x, k) => x + size * way[k]));
  });
  return (text) => {
    const [x, y] = map.to(at());
    for (const circle of circles) circle.setAttribute("transform", `translate(${x} ${y})`);
    group.setAttribute("aria-valuenow", +at()[0].toFixed(3));
    group.setAttribute("aria-valuemin", map.xlim[0]);
    group.setAttribute("aria-valuemax", map.xlim[1]);
    group.setAttribute("aria-valuetext", text);
  };
};

// On a logarithmic scale, too; `set` shows the number itself, whatever the steps of the slider.
export const slider = (parent, { label, min, max, step, value, input, log }) => {
  const [there, back] = log ? [Math.log10, (x) => 10 ** x] : [Number, Number];
  const box = make(parent, "label", {}, `${label} `);
  const output = make(box, "output");
  const range = make(box, "input", { type: "range", min: there(min), max: there(max), step });
  const self = {
    set(x) {
      range.value = there(x);
      output.textContent = show(x);
      range.setAttribute("aria-valuetext", output.textContent);
    },
  };
  range.addEventListener("input", () => {
    const x = back(+range.value);
    self.set(x);
    input(x);
  });
  self.set(value);
  return self;
};

export const button = (parent, text, click) => {
  const element = make(parent, "button", { type: "button" }, text);
  element.addEventListener("click", click);
  return element;
};

// Draws once a frame, however often it is asked to.
export const frames = (draw) => {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
};
