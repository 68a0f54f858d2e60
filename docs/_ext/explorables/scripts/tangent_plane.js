// A point over level curves: its gradient, and the tangent plane that stands on it.
import figure, { angle, levelCurves, move, range, show } from "./stage.js";

export default (stage, { limits, names, start, levels, functions: { f } }) => {
  const value = (x, y) => f(x, y)[0];
  const size = limits[0][1] - limits[0][0];
  const [xs, ys] = limits.map((ends) => range(24, ...ends));
  const heights = xs.flatMap((x) => ys.map((y) => value(x, y)));
  const steepest = Math.max(...xs.flatMap((x) => ys.map((y) => Math.hypot(...f(x, y)[1]))));
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  // The surface, seen from the south-west and from above.
  const seen = (x, y, z = value(x, y)) => {
    const [a, b] = [x, y].map((t, k) => (t - limits[k][0]) / (limits[k][1] - limits[k][0]) - 0.5);
    return [0.87 * a + 0.5 * b, 0.4 * b - 0.23 * a + 0.85 * ((z - low) / (high - low) - 0.5)];
  };
  const scene = figure(stage, [limits, names], { p: start }, ({ p }) => {
    levelCurves(scene.map, curves, value, levels);
    mesh.clear();
    mesh.pieces("c1 faint", [
      ...xs.filter((_, i) => i % 2 < 1).map((x) => ys.map((y) => seen(x, y))),
      ...ys.filter((_, i) => i % 2 < 1).map((y) => xs.map((x) => seen(x, y))),
    ]);
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
    drawn.arrow("c2", p, move(p, g, size / 4 / steepest));
    const plane = (u, v) => seen(p[0] + u, p[1] + v, z + g[0] * u + g[1] * v);
    const part = size / 6;
    mesh.path("c4 area", [plane(-part, -part), plane(part, -part), plane(part, part), plane(-part, part)], "Z");
    mesh.arrow("c2", plane(0, 0), plane(...up.map((x) => x * part)));
    mesh.dot("c2", plane(0, 0));
    return [
      `at (${names.join(", ")}) = ${show(p)}: f = ${show(z)}`,
      `gradient ∇f = ${show(g)}`,
      `steepness ‖∇f‖ = ${show(steep)}`,
      steep < 1e-3 * steepest ? "the plane is level: no way is up" : `up is at ${show(angle(g))}°, along the arrow`,
    ];
  });
  const [curves, drawn] = [scene.map.pen(), scene.map.pen()];
  const mesh = scene.view([[-0.72, 0.72], [-0.75, 0.9]]).pen();
  scene.handle("Point", ({ p }) => p, (p) => ({ p }));
};
