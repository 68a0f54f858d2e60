// Reads what a reader types, TeX or plain text such as 2*x*y, sqrt(2) or (1/3, x**2), as TeX; and
// numbers as numbers.

const FUNCTIONS = "arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|tan|log|ln|exp|det|max|min";
const GREEK =
  "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega";
const SIGNS = { "−": "-", "·": "*", "×": "*", "π": "\\pi ", "λ": "\\lambda ", "η": "\\eta " };

/** Return the place of the parenthesis that closes the one at `start`; -1 if there is none. */
const closing = (text, start) => {
  let depth = 0;
  for (let k = start; k < text.length; k += 1) {
    if ("([{".includes(text[k])) depth += 1;
    if (")]}".includes(text[k]) && (depth -= 1) === 0) return k;
  }
  return -1;
};

/** Replace `begin(…)`, where the pattern ends with the parenthesis, by what `write` makes of it. */
const inside = (text, pattern, write) => {
  for (let match; (match = pattern.exec(text)); ) {
    const start = match.index + match[0].length - 1;
    const end = closing(text, start);
    if (end < 0) return text;
    const whole = write(text.slice(start + 1, end), match);
    text = text.slice(0, match.index) + whole + text.slice(end + 1);
  }
  return text;
};

/** Return the parts between commas, or other marks, that stand in no brackets. */
const parts = (text, mark = ",") => {
  const found = [""];
  let depth = 0;
  for (const sign of text) {
    depth += "([{".includes(sign) ? 1 : ")]}".includes(sign) ? -1 : 0;
    if (sign === mark && !depth) found.push("");
    else found[found.length - 1] += sign;
  }
  return found;
};

/** Return a list in brackets as TeX: a vector, or a matrix if its entries are lists. */
const list = (text) => {
  const ended = parts(text, ";"); // 1, 2; 3, 4
  if (ended.length > 1 && !ended.some((row) => parts(row)[1])) return `(${ended.join(", ")})`;
  const rows = (ended.length > 1 ? ended.map((row) => `(${row})`) : parts(text)).map((row) => row.trim());
  const nested = rows.every((row) => /^[[(]/.test(row) && closing(row, 0) === row.length - 1);
  if (!nested) return `(${text})`;
  const set = rows.map((row) => parts(row.slice(1, -1)).join(" & "));
  return `\\begin{bmatrix} ${set.join(" \\\\ ")} \\end{bmatrix}`;
};

/** Put a product before a slash into parentheses: 2x/3 reads in one way, and 1/3x, refused, in two. */
const slashed = (text) => {
  for (let k = 0; (k = text.indexOf("/", k)) >= 0; k += 1) {
    let start = k;
    for (let depth = 0; start; start -= 1) {
      const sign = text[start - 1];
      if (")]}".includes(sign)) depth += 1;
      else if ("([{".includes(sign) && (depth -= 1) < 0) break;
      else if (!depth && ("+-,&/".includes(sign) || text.startsWith("\\\\", start - 2))) break;
    }
    const above = text.slice(start, k).trim();
    let bare = above.replace(/\\[A-Za-z]+\s*/g, "\\");
    for (let inner = ""; inner !== bare; ) [inner, bare] = [bare, bare.replace(/\([^()]+\)|\{[^{}]+\}/g, "!")];
    const open = new RegExp(`\\\\(${FUNCTIONS})\\s*[^({\\s]`).test(above); // sin x/2
    if (open || !/[\w!]\s*[A-Za-z\\!]/.test(bare.replace(/\\!+/g, "!").replaceAll("^!", ""))) continue;
    text = `${text.slice(0, start)}(${above})${text.slice(k)}`;
    k = start + above.length + 2;
  }
  return text;
};

/** Return text with fractions and powers that are one sign each, such as 2½ and x⁻¹, spelled out. */
const spelled = (text) =>
  text
    .replace(/(\d*)([¼-¾⅐-⅞])/g, (_, whole, sign) => {
      const fraction = `\\frac{${sign.normalize("NFKC").replace("⁄", "}{")}}`;
      return whole ? `(${whole}+${fraction})` : fraction;
    })
    .replace(/⁻?[⁰¹²³⁴-⁹]+/g, (power) => `^{${power.normalize("NFKC").replace("−", "-")}}`)
    .replace(/ᵀ/g, "^T");

/** Return what was typed without the marks around it. */
const clean = (typed) => spelled(typed.trim().replace(/^(\$+|\\[([])\s*|\s*(\\[)\]]|[.$]+)$/g, ""));

/** Return why a formula is refused that was typed, with the way out; "" if Python is to say it. */
export function refused(typed) {
  const open = [];
  for (const [sign] of typed.replace(/\\[{}]/g, "").matchAll(/[()[\]{}]/g))
    if ("([{".includes(sign)) open.push(sign);
    else if (!open.pop()) return `a ${sign} closes what was never opened`;
  if (open.length) return `the ${open.at(-1)} is never closed`;
  if (typed.includes("=")) return "type the values alone, without = signs, such as (1, 2) for x = 1, y = 2";
  if (/^\s*lambda\b.*:/.test(typed)) return "type the formula alone, without lambda";
  if (/^\s*(<|\\?\{).*,/s.test(typed)) return "a vector stands in parentheses, such as (1, 2)";
  return "";
}

/** Return what was typed as TeX. */
export function toTex(typed) {
  let text = clean(typed).replace(/[−·×πλη]/g, (sign) => SIGNS[sign]);
  text = text.replace(/\\left\[/g, "[").replace(/\\right\]/g, "]");
  text = text.replace(/\\(begin|end)\{p?matrix\}/g, "\\$1{bmatrix}");
  text = text.replace(/([)\]}])\s*\^\s*(T|\{T\})(?![A-Za-z])/g, "$1\\T ");
  text = text.replaceAll("**", "^").replace(/\b(?:np|math)\.(?:array\(\s*(\[.*\])\s*\))?/g, "$1");
  if (parts(text, ";").length > 1) text = `[${text}]`; // 2x; 3 is the same
  if (parts(text).length > 1) text = `(${text})`; // 2x, 3 is the vector (2x, 3)
  if (/^\(\s*\(.*\)\s*,\s*\(/s.test(text) && closing(text, 0) === text.length - 1)
    text = list(text.slice(1, -1)); // a matrix, as tuples in a tuple
  text = text.replace(/(\d+(?:\.\d+)?)\s*%/g, "\\frac{$1}{100}").replaceAll("√", "sqrt");
  text = inside(text, /\[/, list);
  text = inside(text, /(?<![\\A-Za-z])sqrt\(/, (under) => `\\sqrt{${under}}`);
  text = text.replace(/(?<![\\A-Za-z])sqrt\s*(\d+(?:\.\d+)?|[A-Za-z])/g, "\\sqrt{$1}");
  text = inside(text, /(?<![\\A-Za-z])abs\(/, (within) => `\\abs{${within}}`);
  text = inside(text, /\^\(/, (power) => `^{${power}}`);
  text = text.replace(/\^(-?\d+(?:\.\d+)?|-[A-Za-z])/g, "^{$1}");
  text = text.replace(/(?<![\\A-Za-z])(\d+(?:\.\d+)?)e([-+]?\d+)/g, "$1 \\cdot 10^{$2}");
  // x log x without its space; not so with a, which arcsin and asin begin with
  text = text.replace(new RegExp(`(?<![\\\\A-Za-z])([b-z])(?=(?:${FUNCTIONS})(?![A-Za-z]))`, "g"), "$1 ");
  const words = new RegExp(`(?<![\\\\A-Za-z])(${FUNCTIONS}|${GREEK})(?![A-Za-z])`, "g");
  text = text.replace(words, (word) => `\\${word} `);
  text = text.replace(/\s*(?<!\\)\*\s*/g, " \\cdot ");
  // a letter that touches a parenthesis is a factor, unless the parenthesis holds several arguments
  return slashed(text.replace(/(?<![\\A-Za-z{])([a-z])\((?=[^,()]*\))/g, "$1\\,(").trim());
}

/** Return a number that was typed, as {value, near}; near is how far from it a rounded one may be. */
const number = (text) => {
  const match = /^([-+]?)\s*(?:(\d+(?:\.(\d*))?|\.(\d+))|(\d+)\s*\/\s*(\d+)|\\[td]?frac\{?(\d+)\}?\{?(\d+)\}?)$/.exec(
    text.trim().replace(/^\((.*)\)$/, "$1").replaceAll("−", "-"),
  );
  if (!match) return null;
  const [, sign, decimal, after, bare, above, below, top, bottom] = match;
  const size = decimal ? Number(decimal) : Number(above ?? top) / Number(below ?? bottom);
  const known = decimal?.replace(".", "").replace(/^0+/, "").length ?? 0; // 3.16 has three digits
  const near = known >= 3 ? 0.501 * 10 ** -((after ?? bare)?.length ?? 0) : 0;
  return { value: sign === "-" ? -size : size, near };
};

/** Return the numbers that were typed, one or those of a vector; null if it is more than that. */
export function numbers(typed) {
  const text = clean(typed);
  const single = number(text);
  if (single) return [single];
  const held = /^[([](.*)[)\]]$/s.exec(text);
  const found = parts(held ? held[1] : text).map(number);
  return found.every(Boolean) ? found : null;
}

/** Tell whether numbers are those that are sought; those with three digits may be rounded ones. */
export function same(found, sought) {
  if (!sought || found.length !== sought.length) return false;
  return found.every(({ value, near }, k) => {
    return Math.abs(value - sought[k]) <= Math.max(near, 1e-9 * Math.max(1, Math.abs(sought[k])));
  });
}
