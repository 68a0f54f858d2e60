// A point over level curves: its gradient, and the tangent plane that stands on it.
import { arrow, button, contour, frames, handle, levelCurves, line, make, pair, plane, show } from "./stage.js";

export default (stage, { xlim, ylim, names, start, levels, functions: { f } }) => {
  const map = plane(stage, { xlim, ylim, names });
  const [curves, drawn] = [map.layer(), map.layer()];
  const side = make(stage, "div", { class: "side" });
  const view = plane(side, { xlim: [-0.72, 0.72], ylim: [-0.8, 0.9], className: "view", square: false, ticks: false });
  const [mesh, stood] = [view.layer(), view.layer()];
  const lines = Array.from({ length: 4 }, () => make(side, "p"));
  const value = (x, y) => f(x, y)[0];
  let p = start;

  // The surface, seen from the south-west and from above.
  const grid = Array.from({ length: 25 }, (_, i) => i / 24);
  const place = ([a, b], k) => k[0] + (k[1] - k[0]) * (a ?? b);
  const heights = grid.flatMap((a) => grid.map((b) => value(place([a], xlim), place([b], ylim))));
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const seen = ([x, y, z]) => {
    const [a, b] = [(x - xlim[0]) / (xlim[1] - xlim[0]) - 0.5, (y - ylim[0]) / (ylim[1] - ylim[0]) - 0.5];
    const depth = -0.5 * a + 0.87 * b;
    return view.to([0.87 * a + 0.5 * b, 0.45 * depth + 0.85 * ((z - low) / (high - low) - 0.5)]);
  };
  const surface = () => {
    mesh.replaceChildren();
    const every = grid.filter((_, i) => i % 2 === 0);
    const at = (a, b) => seen([place([a], xlim), place([b], ylim), value(place([a], xlim), place([b], ylim))]);
    const d = every.flatMap((a) => [line(grid.map((b) => at(a, b))), line(grid.map((b) => at(b, a)))]);
    make(mesh, "path", { class: "c1 faint", d: d.join("") });
  };

  const draw = () => {
    const [z, g] = f(...p);
    const steep = Math.hypot(...g);
    drawn.replaceChildren();
    stood.replaceChildren();
    // Level lines of the plane, where it is close to the surface.
    const at = map.to(p);
    const reach = 64 / map.sx;
    const up = g.map((x) => x / (steep || 1));
    for (const level of levels) {
      const away = (level - z) / steep;
      if (!(Math.abs(away) < reach)) continue;
      const half = Math.sqrt(reach ** 2 - away ** 2);
      const ends = [-half, half].map((t) => [p[0] + away * up[0] - t * up[1], p[1] + away * up[1] + t * up[0]]);
      make(drawn, "path", { class: "c4 dashed", d: map.line(ends) });
    }
    arrow(drawn, "c2", at, [at[0] + scale * g[0], at[1] - scale * g[1]]);
    const part = 0.17;
    const tilt = ([u, v]) => {
      const [dx, dy] = [u * part * (xlim[1] - xlim[0]), v * part * (ylim[1] - ylim[0])];
      return seen([p[0] + dx, p[1] + dy, z + g[0] * dx + g[1] * dy]);
    };
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(tilt);
    make(stood, "path", { class: "c4 area", d: line(corners, "Z") });
    const foot = seen([...p, z]);
    const length = part * (xlim[1] - xlim[0]);
    arrow(stood, "c2", foot, steep ? seen([p[0] + length * up[0], p[1] + length * up[1], z + steep * length]) : foot);
    make(stood, "circle", { class: "c2", r: 4, cx: foot[0], cy: foot[1] });
    [
      `at (${names.join(", ")}) = ${pair(p)}: f = ${show(z)}`,
      `gradient ∇f = ${pair(g)}`,
      `steepness ‖∇f‖ = ${show(steep)}`,
      steep < 1e-3 ? "no way is up: the plane is level" : `up is at ${show((Math.atan2(g[1], g[0]) * 180) / Math.PI)}°, along the arrow`,
    ].forEach((text, k) => (lines[k].textContent = text));
    mark(`${pair(p)}, f ${show(z)}, gradient ${pair(g)}`);
  };
  const again = frames(draw);
  const move = (to) => {
    p = to;
    again();
  };
  const mark = handle(map, { label: "Point", at: () => p, home: () => start, move });
  button(side, "Reset", () => move(start));

  let scale = 1; // pixels for a slope of 1: the steepest place has an arrow of 90
  map.fit(() => {
    let most = 0;
    contour(map, (x, y) => (most = Math.max(most, Math.hypot(...f(x, y)[1]))), 24);
    scale = 90 / most;
    levelCurves(map, curves, value, levels);
    draw();
  });
  view.fit(() => {
    surface();
    if (map.sx) draw();
  });
};
