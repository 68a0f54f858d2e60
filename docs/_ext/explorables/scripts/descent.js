// Gradient descent from a point to drag: on a bowl, in a ravine; a rate, and momentum.
import figure, { move, show } from "./stage.js";

export default (stage, data) => {
  const { levels, exponents, momentum, steps, scale, functions } = data;
  const all = Object.keys(functions);
  const { map, button, slider, view, handle } = figure(stage, data, ({ p, exponent, beta, name }) => {
    const f = functions[name];
    map.levels(f, levels);
    let [w, v] = [p, [0, 0]];
    const path = [];
    const losses = [];
    while (losses.length <= steps && !(losses.at(-1) > 1e12)) {
      const [loss, g] = f(...w);
      path.push(w);
      losses.push(loss);
      v = move(v.map((x) => beta * x), g, -(10 ** exponent));
      w = move(w, v);
    }
    const [from, last] = [losses[0], losses.at(-1)];
    const color = last > from ? "c2" : "c3";
    map.path(color, path);
    for (const w of path.slice(1)) map.dot(color, w, 3);
    history.path(`${color} thick`, losses.map((loss, k) => [k, Math.log10(loss + 1e-99)]));
    if (scale) {
      const tip = move(p, f(...p)[1], scale);
      map.arrow("c1", p, tip);
      map.text("c1", tip, "∇L", [0, -8]);
    }
    return [
      `loss ${show(from)} at the start, ${show(last)} after ${path.length - 1} steps`,
      last > from ? "It diverges: the steps grow" : last < 1e-6 * from ? "It arrives" : "It is on its way",
    ];
  });
  if (all[1]) for (const name of all) button(name, () => ({ name }), (now) => now.name === name);
  button(`momentum ${momentum}`, ({ beta }) => ({ beta: momentum - beta }), ({ beta }) => beta > 0);
  slider("learning rate η =", "exponent", exponents, 0.01, (x) => 10 ** x);
  const history = view([[0, steps], [-6.5, 3.5]], ["step", "log₁₀ of the loss"]);
  handle("Start");
};
