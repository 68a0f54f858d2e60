// The panel behind a formula's mark, in which a reader breaks it.

import { data, judge, make, set } from "./shared.js";

let count = 0;

/** Return the name of a slip without the commands of TeX. */
const plain = (what) =>
  what
    .replace(/\\(?:vec|mat|frac|left|right|boldsymbol)(?![a-z])|\\[,;! ]/g, "")
    .replace(/\\T(?![A-Za-z])/g, "ᵀ")
    .replace(/\\([A-Za-z]+)/g, "$1 ")
    .replace(/[{}\\]/g, "");

const words = ({ verdict, message, at, sides, off, slip, same, residual, order, points }) => {
  if (verdict === "unread") return `This cannot be evaluated: ${message}.`;
  if (verdict === "right") {
    const found = order === null ? `its sides agree within ${residual.toExponential(0)}` : `its error falls with the order ${order.toFixed(2)}`;
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
    check.disabled = true;
    try {
      const args = { label: place.dataset.label, source, tex: box.value };
      const tell = (progress) => (says.textContent = progress);
      says.textContent = words(await judge("display", args, tell, cell - 1));
    } catch (error) {
      says.textContent = error.message;
    }
    check.disabled = false;
  };
  change(tex);
  box.addEventListener("input", () => set(shown, box.value));
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
