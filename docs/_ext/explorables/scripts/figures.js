// All figures to take hold of, by the names of their functions in mcalc.explore.
export { default as descent } from "./descent.js";
export { default as eigen_directions } from "./eigen_directions.js";
export { default as newton } from "./newton.js";
export { default as sweeps } from "./sweeps.js";
export { default as tangent_plane } from "./tangent_plane.js";
export { default as unit_balls } from "./unit_balls.js";
