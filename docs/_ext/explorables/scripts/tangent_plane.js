// A point over level curves: its gradient, and the tangent plane that stands on it.
import figure, { angle, length, move, polar, range, show } from "./stage.js";

export default (stage, data) => {
  const { limits, names, levels, scale, functions: { f } } = data;
  const value = (x, y) => f(x, y)[0];
  const size = limits[0][1] - limits[0][0];
  const [xs, ys] = limits.map((ends) => range(16, ...ends));
  const heights = xs.flatMap((x) => ys.map((y) => value(x, y)));
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  // The surface, seen from the south-west and from above.
  const seen = (x, y, z = value(x, y)) => {
    const [a, b] = [x, y].map((t, k) => (t - limits[k][0]) / (limits[k][1] - limits[k][0]) - 0.5);
    return [0.87 * a + 0.5 * b, 0.4 * b - 0.23 * a + 0.85 * ((z - low) / (high - low) - 0.5)];
  };
  const { map, view, handle } = figure(stage, data, ({ p }) => {
    map.levels(f, levels);
    mesh.path("c3 faint", ...xs.map((x) => ys.map((y) => seen(x, y))), ...ys.map((y) => xs.map((x) => seen(x, y))));
    const [z, g] = f(...p);
    const steep = length(g);
    const up = g.map((x) => x / (steep || 1));
    // The plane's own level lines, where it is close to the surface.
    for (const level of levels) {
      const away = (level - z) / steep;
      const half = Math.sqrt((size / 7) ** 2 - away ** 2);
      const foot = move(p, up, away);
      if (half > 0) map.path("c4 dashed", [-half, half].map((t) => move(foot, [-up[1], up[0]], t)));
    }
    // The slope along each axis, and the gradient, which has both as its components.
    map.arrow("c1", p, move(p, [g[0], 0], scale));
    map.arrow("c2", p, move(p, [0, g[1]], scale));
    map.arrow("", p, move(p, g, scale));
    const plane = ([u, v]) => seen(p[0] + u, p[1] + v, z + g[0] * u + g[1] * v);
    mesh.path("c4 area", [45, 135, 225, 315, 45].map((t) => plane(polar(t, size / 4.3))));
    mesh.arrow("", plane([0, 0]), plane(up.map((x) => (x * size) / 6)));
    mesh.dot("", plane([0, 0]));
    return [
      `at (${names.join(", ")}) = ${show(p)}: f = ${show(z)}`,
      `gradient ∇f = ${show(g)}`,
      `steepness ‖∇f‖ = ${show(steep)}`,
      steep < 1e-3 ? "the plane is level: no way is up" : `up is at ${show(angle(g))}°, along the arrow`,
    ];
  });
  const mesh = view([[-0.72, 0.72], [-0.75, 0.9]]);
  handle("Point");
};
