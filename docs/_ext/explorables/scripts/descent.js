// Gradient descent from a point to drag: on a bowl, in a ravine; a rate, and momentum.
import figure, { levelCurves, move, show } from "./stage.js";

export default (stage, { limits, names, start, levels, rates, rate, momentum, steps, functions }) => {
  const first = { p: start, rate, beta: 0, name: Object.keys(functions)[0] };
  const scene = figure(stage, [limits, names], first, ({ p, rate, beta, name }) => {
    const f = functions[name];
    levelCurves(scene.map, curves, (x, y) => f(x, y)[0], levels, name);
    let [w, v] = [p, [0, 0]];
    const path = [];
    for (let k = 0; k <= steps && !(path.at(-1)?.[1] > 1e12); k++) {
      const [loss, g] = f(...w);
      path.push([w, loss]);
      v = move(v.map((x) => beta * x), g, -rate);
      w = move(w, v);
    }
    const [from, last] = [path[0][1], path.at(-1)[1]];
    const color = last > from ? "c2" : "c3";
    drawn.clear();
    history.clear();
    drawn.path(color, path.map(([w]) => w));
    for (const [w] of path.slice(1)) drawn.dot(color, w, 3);
    history.path(`${color} thick`, path.map(([, loss], k) => [k, Math.log10(loss + 1e-99)]));
    return [
      `loss ${show(from)} at the start, ${show(last)} after ${path.length - 1} steps`,
      last > from ? "It diverges: the steps grow" : last < 1e-6 * from ? "It arrives" : "It is on its way",
    ];
  });
  if (Object.keys(functions)[1]) for (const name in functions) scene.button(name, () => ({ name }), (now) => now.name === name);
  scene.button(`momentum ${momentum}`, ({ beta }) => ({ beta: beta ? 0 : momentum }), ({ beta }) => beta > 0);
  scene.slider("learning rate η =", "rate", rates, 0.01, true);
  const [curves, drawn] = [scene.map.pen(), scene.map.pen()];
  const history = scene.view([[0, steps], [-6.5, 3.5]], ["step", "log₁₀ of the loss"]).pen();
  scene.handle("Start", ({ p }) => p, (p) => ({ p }));
};
