// Newton's steps from a point to drag, and the quadratic model whose critical point is the first.
import figure, { contour, eigenvalues, length, move, range, shape, show } from "./stage.js";

const STEPS = 12;

export default (stage, data) => {
  const { limits, names, levels, functions: { f, f_x, f_y } } = data;
  const reach = (limits[0][1] - limits[0][0]) / 7;
  const at = (q) => {
    const [z, g] = f(...q);
    const [[a, b], [, d]] = [f_x, f_y].map((slope) => slope(...q)[1]);
    const det = a * d - b * b;
    return {
      z,
      steep: length(g),
      step: [b * g[1] - d * g[0], b * g[0] - a * g[1]].map((x) => (det ? x / det : 0)),
      model: (u, v) => z + g[0] * u + g[1] * v + (a * u * u + 2 * b * u * v + d * v * v) / 2,
      values: eigenvalues(a, b, d),
    };
  };
  const { map, view, handle } = figure(stage, data, ({ p }) => {
    map.levels(f, levels);
    const path = [p];
    let end = p;
    let there = at(p);
    const { z, step, model, values } = there;
    const near = () => length(end) < 2 * limits[0][1]; // not far out of sight
    while (path.length <= STEPS && there.steep > 1e-10 && near() && length(there.step)) {
      path.push((end = move(end, there.step)));
      there = at(end);
    }
    const around = contour([[-reach, reach], [-reach, reach]], model, 24);
    const inside = (ends) => ends.every((u) => length(u) < reach);
    map.path("c4", ...levels.flatMap((x) => around(x).filter(inside)).map((ends) => ends.map((u) => move(p, u))));
    map.path("c3", path);
    for (const q of path.slice(1)) map.dot("c3", q, 3);
    map.arrow("c2", p, path[1] ?? p);
    const along = (h) => (t) => [t, h(step[0] * t, step[1] * t)];
    const times = range(80, -0.4, 1.6);
    slice.path("c1 thick", times.map(along((u, v) => f(p[0] + u, p[1] + v)[0])));
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
  const ends = [levels[0], levels.at(-1)].map((x) => 1.6 * x);
  const slice = view([[-0.4, 1.6], ends], ["steps", "f and its model"]);
  handle("Start");
};
