// Gradient descent from a point to drag: on a bowl, in a ravine; a rate, and momentum.
import { button, frames, handle, levelCurves, line, make, pair, plane, show, slider } from "./stage.js";

export default (stage, given) => {
  const { xlim, ylim, names, start, levels, rates, rate, momentum, steps, functions } = given;
  const map = plane(stage, { xlim, ylim, names });
  const [curves, drawn] = [map.layer(), map.layer()];
  const side = make(stage, "div", { class: "side" });
  const choices = make(side, "div");
  const eta = slider(side, {
    label: "learning rate η =", min: rates[0], max: rates[1], step: 0.01, value: rate, log: true,
    input: (x) => set({ rate: x }),
  });
  const graph = plane(side, { xlim: [0, steps], ylim: [-6.5, 3.5], className: "view", square: false, names: ["step"] });
  const history = graph.layer();
  const lines = Array.from({ length: 2 }, () => make(side, "p"));
  const first = { p: start, rate, beta: 0, name: Object.keys(functions)[0] };
  let now = { ...first };

  const walk = () => {
    const f = functions[now.name];
    let [w, v] = [now.p, [0, 0]];
    const path = [];
    for (let k = 0; k <= steps; k++) {
      const [loss, g] = f(...w);
      path.push([w, loss]);
      if (!(loss < 1e12)) break;
      v = v.map((x, i) => now.beta * x - now.rate * g[i]);
      w = w.map((x, i) => x + v[i]);
    }
    return path;
  };

  const draw = () => {
    const path = walk();
    const losses = path.map(([, loss]) => loss);
    const [from, last] = [losses[0], losses.at(-1)];
    const bad = last > from;
    const className = bad ? "c2" : "c3";
    const far = (x) => Math.min(Math.max(x, -1e4), 1e4);
    const points = path.map(([w]) => map.to(w).map(far));
    drawn.replaceChildren();
    make(drawn, "path", { class: className, d: line(points) });
    points.slice(1).forEach(([cx, cy]) => make(drawn, "circle", { class: className, r: 3, cx, cy }));
    history.replaceChildren();
    const logs = losses.map((loss, k) => [k, Math.max(Math.log10(loss), -8)]);
    make(history, "path", { class: className, d: graph.line(logs) });
    make(history, "text", { class: "tick", x: graph.width - 6, y: 14, "text-anchor": "end" }, "log₁₀ of the loss");
    const count = path.length - 1;
    lines[0].textContent = `loss ${show(from)} at the start, ${show(last)} after ${count} steps`;
    lines[1].textContent = bad
      ? "It diverges: the steps grow."
      : last < 1e-6 * from ? "It arrives." : "It is on its way.";
    mark(`${pair(now.p)}; ${lines[0].textContent}. ${lines[1].textContent}`);
    for (const [name, element] of Object.entries(buttons)) element.setAttribute("aria-pressed", name === now.name);
    push.setAttribute("aria-pressed", now.beta > 0);
  };
  const again = frames(draw);
  const set = (change) => {
    const before = now.name;
    now = { ...now, ...change };
    if (now.name !== before) ground();
    again();
  };
  const ground = () => levelCurves(map, curves, (x, y) => functions[now.name](x, y)[0], levels);
  const buttons = Object.fromEntries(
    Object.keys(functions).map((name) => [name, button(choices, name, () => set({ name }))]),
  );
  const push = button(choices, `momentum ${show(momentum)}`, () => set({ beta: now.beta ? 0 : momentum }));
  button(choices, "Reset", () => {
    eta.set(rate);
    set(first);
  });
  const mark = handle(map, { label: "Start", at: () => now.p, home: () => start, move: (p) => set({ p }) });
  map.fit(() => {
    ground();
    if (graph.sx) draw();
  });
  graph.fit(() => {
    if (map.sx) draw();
  });
};
