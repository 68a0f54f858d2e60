// Newton's steps from a point to drag, and the quadratic model whose critical point is the first.
import figure, { contour, eigenvalues, levelCurves, move, range, shape, show } from "./stage.js";

const STEPS = 12;

export default (stage, { limits, names, start, levels, functions: { f, f_x, f_y } }) => {
  const value = (x, y) => f(x, y)[0];
  const reach = (limits[0][1] - limits[0][0]) / 7;
  const at = (q) => {
    const [z, g] = f(...q);
    const [[a, b], [, d]] = [f_x(...q)[1], f_y(...q)[1]];
    const det = a * d - b * b;
    return {
      z,
      steep: Math.hypot(...g),
      step: [b * g[1] - d * g[0], b * g[0] - a * g[1]].map((x) => (det ? x / det : 0)),
      model: (u, v) => z + g[0] * u + g[1] * v + (a * u * u + 2 * b * u * v + d * v * v) / 2,
      values: eigenvalues(a, b, d),
    };
  };
  const scene = figure(stage, [limits, names], { p: start }, ({ p }) => {
    levelCurves(scene.map, curves, value, levels);
    const { z, step, model, values } = at(p);
    const path = [p];
    let there = at(p);
    let end = p;
    const near = () => Math.hypot(...end) < 2 * limits[0][1]; // not far out of sight
    while (path.length <= STEPS && there.steep > 1e-10 && near() && Math.hypot(...there.step)) {
      path.push((end = move(end, there.step)));
      there = at(end);
    }
    drawn.clear();
    slice.clear();
    const around = contour([[-reach, reach], [-reach, reach]], model, 24);
    const inside = (ends) => ends.every((u) => Math.hypot(...u) < reach);
    drawn.path("c4", ...levels.flatMap((x) => around(x).filter(inside)).map((ends) => ends.map((u) => move(p, u))));
    drawn.path("c3", path);
    for (const q of path.slice(1)) drawn.dot("c3", q, 3);
    drawn.arrow("c2", p, path[1] ?? p);
    const along = (h) => (t) => [t, h(step[0] * t, step[1] * t)];
    const times = range(80, -0.4, 1.6);
    slice.path("c1 thick", times.map(along((u, v) => value(p[0] + u, p[1] + v))));
    slice.path("c4 thick dashed", times.map(along(model)));
    for (const t of [0, 1]) slice.dot("c2", along(model)(t));
    const kind = shape(there.values);
    const where = there.steep < 1e-9 && near() ? `to ${{ "a bowl": "a minimum", "a dome": "a maximum" }[kind] ?? kind}` : "away";
    return [
      `at (${names.join(", ")}) = ${show(p)}: f = ${show(z)}`,
      `eigenvalues of H: ${show(values)}`,
      `The model is ${shape(values)}`,
      path[1] || there.steep < 1e-9
        ? `The steps lead ${where}: ${show(end)} after ${path.length - 1}`
        : "H has no inverse: there is no step",
    ];
  });
  const [curves, drawn] = [scene.map.pen(), scene.map.pen()];
  const ends = [levels[0], levels.at(-1)].map((x) => 1.6 * x);
  const slice = scene.view([[-0.4, 1.6], ends], ["steps", "f and its model"]).pen();
  scene.handle("Start", ({ p }) => p, (p) => ({ p }));
};
