// A point over level curves: its gradient, and the tangent plane that stands on it.
import figure, { angle, levelCurves, move, polar, range, show } from "./stage.js";

export default (stage, { limits, names, start, levels, scale, functions: { f } }) => {
  const value = (x, y) => f(x, y)[0];
  const size = limits[0][1] - limits[0][0];
  const [xs, ys] = limits.map((ends) => range(24, ...ends));
  const heights = xs.flatMap((x) => ys.map((y) => value(x, y)));
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  // The surface, seen from the south-west and from above.
  const seen = (x, y, z = value(x, y)) => {
    const [a, b] = [x, y].map((t, k) => (t - limits[k][0]) / (limits[k][1] - limits[k][0]) - 0.5);
    return [0.87 * a + 0.5 * b, 0.4 * b - 0.23 * a + 0.85 * ((z - low) / (high - low) - 0.5)];
  };
  const scene = figure(stage, [limits, names], { p: start }, ({ p }) => {
    levelCurves(scene.map, curves, value, levels);
    mesh.clear();
    const few = (_, i) => i % 2 < 1;
    mesh.path(
      "c3 faint",
      ...xs.filter(few).map((x) => ys.map((y) => seen(x, y))),
      ...ys.filter(few).map((y) => xs.map((x) => seen(x, y))),
    );
    const [z, g] = f(...p);
    const steep = Math.hypot(...g);
    const up = g.map((x) => x / (steep || 1));
    drawn.clear();
    // The plane's own level lines, where it is close to the surface.
    for (const level of levels) {
      const away = (level - z) / steep;
      const half = Math.sqrt((size / 7) ** 2 - away ** 2);
      const foot = move(p, up, away);
      if (half > 0) drawn.path("c4 dashed", [-half, half].map((t) => move(foot, [-up[1], up[0]], t)));
    }
    // The slope along each axis, and the gradient, which has both as its components.
    drawn.arrow("c1", p, [p[0] + scale * g[0], p[1]]);
    drawn.arrow("c2", p, [p[0], p[1] + scale * g[1]]);
    drawn.arrow("", p, move(p, g, scale));
    const plane = (u, v) => seen(p[0] + u, p[1] + v, z + g[0] * u + g[1] * v);
    const part = size / 6;
    mesh.path("c4 area", [45, 135, 225, 315, 45].map((t) => plane(...polar(t, part * 1.4))));
    mesh.arrow("", plane(0, 0), plane(...up.map((x) => x * part)));
    mesh.dot("", plane(0, 0));
    return [
      `at (${names.join(", ")}) = ${show(p)}: f = ${show(z)}`,
      `gradient ∇f = ${show(g)}`,
      `steepness ‖∇f‖ = ${show(steep)}`,
      steep < 1e-3 ? "the plane is level: no way is up" : `up is at ${show(angle(g))}°, along the arrow`,
    ];
  });
  const [curves, drawn] = [scene.map.pen(), scene.map.pen()];
  const mesh = scene.view([[-0.72, 0.72], [-0.75, 0.9]]).pen();
  scene.handle("Point", ({ p }) => p, (p) => ({ p }));
};
