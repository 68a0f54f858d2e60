// The panel behind a formula's mark, in which a reader breaks it.

import { LONGEST, data, judge, make, set } from "./shared.js";

let count = 0;

const SIGNS = { grad: "∇", partial: "∂", cdot: "·", sum: "Σ", odot: "⊙", to: "→", infty: "∞" };
const GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi o pi rho sigma tau upsilon phi chi psi omega";
for (const [n, name] of GREEK.split(" ").entries()) SIGNS[name] = String.fromCharCode(945 + n + (n > 16));
Object.assign(SIGNS, { varphi: "φ", varepsilon: "ε" });

/** Return the name of a slip without the commands of TeX; it may have been cut off. */
export const plain = (what) => {
  const whole = (part) => (/[-+/]|[\w][A-Za-z]/.test(part) ? `(${part})` : part);
  const groups = [ // from the inside to the outside
    [/\\(?:vec|mat|boldsymbol|mathrm|mathsf|operatorname|text)\{([^{}]*)\}/, "$1"],
    [/\\sqrt(?:\{([^{}]*)\}| ?(\w))/, (_, a = "", b = "") => `√${whole(a + b)}`],
    [/\\norm\{([^{}]*)\}/, "‖$1‖"],
    [/\\abs\{([^{}]*)\}/, "|$1|"],
    [/\\pd\{([^{}]*)\}\{([^{}]*)\}/, "∂$1/∂$2"],
    [/\\td\{([^{}]*)\}\{([^{}]*)\}/, "d$1/d$2"],
    [/\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}/, (_, a, b) => `${whole(a)}/${whole(b)}`],
    [/\\[td]?frac(\d)(\d)/, "$1/$2"],
    [/\^\{([^{}]*)\}/, (_, power) => `^${whole(power)}`],
  ];
  const held = /^(vec|mat|boldsymbol|mathrm|mathsf|operatorname|text|sqrt|norm|abs|pd|td|[td]?frac)$/;
  let text = what
    .replace(/\\[A-Za-z]*…/g, "…")
    .replace(/\\(left|right|[Bb]igg?[lr]?)(?![a-z])|\\[,;! ]|\\(begin|end)\{bmatrix\}/g, "")
    .replace(/\\T(?![A-Za-z])|\\mathsf\{T\}/g, "ᵀ")
    .replace(/\\([A-Za-z]+)( ?)/g, (all, name) => SIGNS[name] ?? (held.test(name) ? all : `${name} `));
  for (let found; (found = groups.find(([pattern]) => pattern.test(text))); ) text = text.replace(...found);
  return text.replace(/\\[A-Za-z]+|[{}\\]/g, "");
};

/** Return TeX without the marks around it. */
const unmarked = (tex) => tex.trim().replace(/^(\$+|\\\[)|(\$+|\\\])$/g, "");

const words = ({ verdict, message, at, sides, off, slip, same, residual, order, points, lost }) => {
  if (verdict === "unread") return `This cannot be evaluated: ${message}.`;
  if (verdict === "other") {
    const letters = lost.map((name) => name.replace(/[a-z]+/g, (word) => SIGNS[word] ?? word)).join(", ");
    const why = letters ? `it says nothing of ${letters} any more` : "a side repeats the one before it";
    return `This holds, but it is another formula: ${why}.`;
  }
  if (verdict === "right") {
    const agree = residual ? `its sides agree within ${residual.toExponential(0)}` : "its sides agree exactly";
    const found = order === null ? agree : `its error falls with the order ${order.toFixed(2)}`;
    const where = `at ${points} point${points === 1 ? "" : "s"}`;
    return `✓ ${same ? "This is the formula of the book, and it holds" : "This holds, too"}: ${found} ${where}.`;
  }
  const known = slip ? ` ${plain(slip)}.` : "";
  if (!sides) return `✗ It does not hold: ${message}.${known}`;
  const where = at ? ` at ${at}` : "";
  return `✗ Off by ${Number(off.toPrecision(3))}${where}: the left side is ${sides[0]}, the right side ${sides[1]}.${known}`;
};

export async function open(place) {
  if (place.childElementCount) return;
  count += 1;
  const id = `break-${count}`;
  const box = make("textarea", { id, rows: 3, spellcheck: "false", autocapitalize: "off" });
  const shown = make("div", { class: "answer-set", "aria-hidden": "true" });
  const says = make("div", { class: "answer-verdict", role: "status" });
  const check = make("button", { type: "button" }, "Check");
  const reset = make("button", { type: "button" }, "Reset");
  const slips = make("div", { class: "break-slips", role: "group", "aria-label": "Slips to try" });
  place.append(says);
  let formula;
  try {
    formula = (await data()).formulas[place.dataset.label];
  } catch (error) {
    says.textContent = location.protocol === "file:" ? "A formula can be broken where a server sends the page." : error.message;
    return;
  }
  const { tex, cell, source, needs } = formula;
  if (needs) {
    says.textContent = `The check of this formula needs ${needs}, which does not run in a browser; it does in the page's notebook.`;
    return;
  }
  says.before(make("label", { for: id }, "Break it: change the formula, and check."), box, shown);
  says.before(make("div", { class: "break-slips" }, check, reset), slips);
  const change = (text) => {
    box.value = text;
    set(shown, text);
  };
  const run = async () => {
    if (!box.value.trim()) return (says.textContent = "Type a formula first.");
    if (box.value.length > LONGEST) return (says.textContent = `A formula has at most ${LONGEST} signs.`);
    check.disabled = true;
    try {
      const args = { label: place.dataset.label, source, tex: unmarked(box.value) };
      const tell = (progress) => (says.textContent = progress);
      says.textContent = words(await judge("display", args, tell, cell - 1));
    } catch (error) {
      says.textContent = error.message;
    }
    check.disabled = false;
  };
  change(tex);
  box.addEventListener("input", () => set(shown, box.value.length > LONGEST ? "" : unmarked(box.value)));
  check.addEventListener("click", run);
  reset.addEventListener("click", () => {
    change(tex);
    says.textContent = "";
  });
  for (const [what, wrong] of Object.entries(formula.slips)) {
    const button = make("button", { type: "button", title: wrong }, plain(what));
    button.addEventListener("click", () => {
      change(wrong);
      run();
    });
    slips.append(button);
  }
}
