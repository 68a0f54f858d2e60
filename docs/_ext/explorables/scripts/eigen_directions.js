// A quadratic by its Hessian's eigenvalues and their directions: a bowl, a ravine, a saddle.
import figure, { angle, eigenvalues, levelCurves, polar, range, shape, show } from "./stage.js";

const LEVELS = [-8, -4, -2, -1, -0.5, 0.5, 1, 2, 4, 8];

export default (stage, { eigenvalues: [first, second], angle: turn, largest, functions: { f, f_x, f_y } }) => {
  const scene = figure(stage, [[[-2, 2], [-2, 2]], ["x", "y"]], { first, second, turn }, ({ first, second, turn }) => {
    const rest = [first, second, (turn * Math.PI) / 180];
    const value = (x, y) => f(x, y, ...rest)[0];
    levelCurves(scene.map, curves, value, LEVELS, rest);
    drawn.clear();
    slices.clear();
    ["λ₁", "λ₂"].forEach((name, k) => {
      const [color, to] = [`c${3 + k}`, turn + 90 * k];
      drawn.arrow(color, [0, 0], polar(to));
      drawn.text(color, polar(to, 1.25), name);
      slices.path(`${color} thick ${k ? "dashed" : ""}`, range(40, -2, 2).map((t) => [t, value(...polar(to, t))]));
    });
    const [[a, b], [, d]] = [f_x(0, 0, ...rest)[1], f_y(0, 0, ...rest)[1]];
    const values = eigenvalues(a, b, d);
    const ratio = values[1] / values[0];
    return [
      `rows of H: ${show([a, b])} and ${show([b, d])}`,
      ratio > 5 && shape(values) === "a bowl" ? `a ravine: the ratio of its eigenvalues is ${show(ratio)}` : shape(values),
    ];
  });
  scene.slider("eigenvalue λ₁ =", "first", [-largest, largest], 0.1);
  scene.slider("eigenvalue λ₂ =", "second", [-largest, largest], 0.1);
  scene.slider("angle in degrees =", "turn", [-180, 180], 1);
  const [curves, drawn] = [scene.map.pen(), scene.map.pen()];
  const slices = scene.view([[-2, 2], [-4, 4]], ["", "along λ₁ and λ₂"]).pen();
  const whole = (p) => ({ turn: Math.round(angle(p)) });
  scene.handle("First eigen-direction", ({ turn }) => polar(turn), whole, "turn");
};
