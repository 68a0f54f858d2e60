// Unit balls, and in each the step of steepest descent, as the gradient turns.
import figure, { angle, move, polar, range, show } from "./stage.js";

export default (stage, { names, gradient, functions }) => {
  const length = Math.hypot(...gradient);
  const scene = figure(stage, [[[-1.6, 1.6], [-1.6, 1.6]], ["v₁", "v₂"]], { turn: angle(gradient) }, ({ turn }) => {
    // At a right angle a cosine is 0 but for rounding; the steepest step changes just there.
    const g = polar(turn, length).map((x) => (Math.abs(x) < 1e-9 ? 0 : x));
    drawn.clear();
    drawn.arrow("", [0, 0], polar(turn, 1.4));
    drawn.text("", polar(turn, 1.2), "∇f", [16, 16]);
    return [
      `gradient ∇f = ${show(g)}, at ${show(turn)}°`,
      ...names.map((name, k) => {
        const color = `c${k + 1}`;
        const size = (t) => functions[`norm ${name}`](...polar(t))[0];
        const [slope, along] = functions[`dual ${name}`](...g);
        const step = along.map((x) => -x);
        drawn.path(color, range(360).map((t) => polar(t, 1 / size(t))));
        // The line of all steps on which the slope is that of the steepest one.
        const foot = g.map((x) => (-slope * x) / length ** 2);
        drawn.path(`${color} dashed faint`, [-1, 1].map((t) => move(foot, [-g[1], g[0]], t)));
        drawn.arrow(color, [0, 0], step);
        return `${name}: step ${show(step)}, slope ${show(-slope)}`;
      }),
    ];
  });
  const drawn = scene.map.pen();
  scene.handle("Direction of the gradient", ({ turn }) => polar(turn, 1.4), (p) => ({ turn: angle(p) }), "turn");
};
