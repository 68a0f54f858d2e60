// A computational graph: forward the values and local partials, backward the adjoints.
import figure, { clamp, move } from "./stage.js";

export default (stage, data) => {
  const { nodes, edges, steps } = data;
  const { map, button, slider } = figure(stage, data, ({ k }) => {
    const { done, used, back, says } = steps[k];
    const r = map.sizes[0] < 480 ? 14 : 18;
    const color = back ? "c2" : "c1";
    edges.forEach(([s, t], i) => {
      const ends = [nodes[s].at, nodes[t].at];
      map.arrow(used.includes(i) ? color : "axis", ...(back ? ends.reverse() : ends), r);
    });
    for (const i of used) {
      const [s, t, partial] = edges[i];
      map.text("c1", move(nodes[s].at, move(nodes[t].at, nodes[s].at, -1), 0.42), partial);
    }
    nodes.forEach(({ name, at, value, adjoint }, i) => {
      map.dot(`node ${done.includes(i) ? color : ""}`, at, r);
      map.text("", at, name);
      for (const { done, back } of steps.slice(0, k + 1))
        if (done.includes(i)) map.text(back ? "c2" : "c1", at, back ? adjoint : value, [0, back ? r + 15 : -r - 5]);
    });
    return [says];
  });
  const ends = [0, steps.length - 1];
  const by = (change) => ({ k }) => ({ k: clamp(k + change, ends) });
  button("Back", by(-1));
  button("Next", by(1));
  slider("step", "k", ends, 1);
};
