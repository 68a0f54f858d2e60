// A computational graph: forward the values and local partials, backward the adjoints.
import figure, { clamp, move, show } from "./stage.js";

export default (stage, { nodes, edges }) => {
  const limits = [0, 1].map((k) => {
    const places = nodes.map(({ at }) => at[k]);
    return [Math.min(...places) - 0.4 - 0.2 * k, Math.max(...places) + 0.4 + 0.2 * k];
  });
  const all = [...nodes.keys()];
  const into = (i) => edges.filter(([, t]) => t === i);
  // Each step: the nodes that get their numbers; the edges that carry them; is it backward?
  const forward = [[], all.filter((i) => !into(i)[0]), ...all.filter((i) => into(i)[0]).map((i) => [i])];
  const steps = [
    ...forward.map((done) => ({ done, used: done.flatMap(into) })),
    ...all.reverse().map((i) => ({ done: [i], used: edges.filter(([s]) => s === i), back: true })),
  ];
  const factor = (x) => (x < 0 ? `(${show(x)})` : show(x));
  const says = ({ done, used, back }) => {
    if (!done.length) return "Forward first: press Next";
    const { name, adjoint } = nodes[done[0]];
    const shares = used.map(([, t, d]) => `${factor(d)}·${factor(nodes[t].adjoint)}`).join(" + ");
    if (back) return `Backward: ∂${nodes.at(-1).name}/∂${name} = ${shares && `${shares} = `}${show(adjoint)}`;
    const values = done.map((i) => `${nodes[i].name} = ${show(nodes[i].value)}`);
    const partials = used.map(([s, t, d]) => `∂${nodes[t].name}/∂${nodes[s].name} = ${show(d)}`);
    return `Forward: ${[...values, ...partials].join(", ")}`;
  };
  const scene = figure(stage, [limits, [], false], { k: 0 }, ({ k }) => {
    const { done, used, back } = steps[k];
    const r = scene.map.sizes[0] < 480 ? 14 : 18;
    const before = steps.slice(0, k + 1);
    const color = back ? "c2" : "c1";
    drawn.clear();
    for (const edge of edges) {
      const ends = [nodes[edge[0]].at, nodes[edge[1]].at];
      drawn.arrow(used.includes(edge) ? color : "axis", ...(back ? ends.reverse() : ends), r);
    }
    for (const [s, t, d] of used)
      drawn.text("c1", move(nodes[s].at, move(nodes[t].at, nodes[s].at, -1), 0.42), show(d));
    nodes.forEach(({ name, at, value, adjoint }, i) => {
      drawn.dot(`node ${done.includes(i) ? color : ""}`, at, r);
      drawn.text("", at, name);
      for (const step of before)
        if (step.done.includes(i))
          drawn.text(step.back ? "c2" : "c1", at, show(step.back ? adjoint : value), [0, step.back ? r + 15 : -r - 5]);
    });
    return [says(steps[k])];
  });
  const last = steps.length - 1;
  const drawn = scene.map.pen();
  scene.button("Back", ({ k }) => ({ k: clamp(k - 1, [0, last]) }));
  scene.button("Next", ({ k }) => ({ k: clamp(k + 1, [0, last]) }));
  scene.slider("step", "k", [0, last], 1);
};
