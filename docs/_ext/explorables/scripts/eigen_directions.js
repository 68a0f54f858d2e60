// A quadratic by its Hessian's eigenvalues and their directions: a bowl, a ravine, a saddle.
import figure, { eigenvalues, polar, range, shape, show } from "./stage.js";

export default (stage, data) => {
  const { levels, largest, functions: { f, f_x, f_y } } = data;
  const { map, slider, view, handle } = figure(stage, data, ({ first, second, turn }) => {
    const rest = [first, second, (turn * Math.PI) / 180];
    map.levels(f, levels, ...rest);
    slices.text("", [0, 3.3], "along λ₁ and λ₂"); // between the arms of any curve
    ["λ₁", "λ₂"].forEach((name, k) => {
      const [color, to] = [`c${3 + k}`, turn + 90 * k];
      map.arrow(color, [0, 0], polar(to));
      map.text(color, polar(to, 1.25), name);
      slices.path(`${color} thick ${k ? "dashed" : ""}`, range(40, -2, 2).map((t) => [t, f(...polar(to, t), ...rest)[0]]));
    });
    const [[a, b], [, d]] = [f_x, f_y].map((slope) => slope(0, 0, ...rest)[1]);
    const values = eigenvalues(a, b, d);
    const ratio = values[1] / values[0];
    return [
      `rows of H: ${show([a, b])} and ${show([b, d])}`,
      ratio > 5 && shape(values) === "a bowl" ? `a ravine: the ratio of its eigenvalues is ${show(ratio)}` : shape(values),
    ];
  });
  slider("eigenvalue λ₁ =", "first", [-largest, largest], 0.1);
  slider("eigenvalue λ₂ =", "second", [-largest, largest], 0.1);
  slider("angle in degrees =", "turn", [-180, 180], 1);
  const slices = view([[-2, 2], [-4, 4]], ["", ""]);
  handle("First eigen-direction", 1);
};
