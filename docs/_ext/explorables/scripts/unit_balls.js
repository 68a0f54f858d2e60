// Unit balls, and in each the step of steepest descent, as the gradient turns.
import figure, { move, polar, range, show } from "./stage.js";

export default (stage, data) => {
  const { norms, length, functions } = data;
  const { map, handle } = figure(stage, data, ({ turn }) => {
    // At a right angle a cosine is 0 but for rounding; the steepest step changes just there.
    const g = polar(turn, length).map((x) => (Math.abs(x) < 1e-9 ? 0 : x));
    map.arrow("", [0, 0], polar(turn, 1.4));
    map.text("", polar(turn, 1.2), "∇f", [16, 16]);
    return [
      `gradient ∇f = ${show(g)}, at ${show(turn)}°`,
      ...norms.map((name, k) => {
        const color = `c${k + 1}`;
        const [slope, along] = functions[`dual ${name}`](...g);
        const step = along.map((x) => -x);
        map.path(color, range(360, 0, 360).map((t) => polar(t, 1 / functions[`norm ${name}`](...polar(t))[0])));
        // The line of all steps on which the slope is that of the steepest one.
        const foot = g.map((x) => (-slope * x) / length ** 2);
        map.path(`${color} dashed faint`, [-1, 1].map((t) => move(foot, [-g[1], g[0]], t)));
        map.arrow(color, [0, 0], step);
        return `${name}: step ${show(step)}, slope ${show(-slope)}`;
      }),
    ];
  });
  handle("Direction of the gradient", 1.4);
};
