// Judges the answer to an exercise: numbers here, everything else by judge.py.

import { LONGEST, data, judge, make, set } from "./shared.js";
import { numbers, refused, same, toTex } from "./plain.js";

const ENTRY = ["first", "second", "third", "fourth", "fifth", "sixth"];

export async function typed(form) {
  const { exercises } = await data();
  const exercise = exercises[form.dataset.place];
  if (exercise.function) return;
  const text = form.querySelector("input").value;
  await set(form.querySelector(".answer-set"), text.length > LONGEST ? "" : toTex(text));
}

/** Return the verdict on numbers without Python; null if it takes more. */
const quick = (exercise, text) => {
  const found = exercise.values?.[0] && numbers(text);
  if (!found) return null;
  const [sought, ...slips] = exercise.values;
  if (same(found, sought)) return { verdict: "right" };
  const slip = slips.findIndex((values) => same(found, values));
  if (slip >= 0) return { verdict: "slip", slip };
  if (/^-?\d+,\d+$/.test(text.trim()) && sought.length === 1)
    return { verdict: "unread", message: `a decimal number has a point: ${text.trim().replace(",", ".")}` };
  if (found.length !== sought.length)
    return { verdict: "wrong", entries: [found.length, sought.length] };
  const off = sought.map((value, k) => (same([found[k]], [value]) ? 0 : k + 1)).filter(Boolean);
  return { verdict: "wrong", off: sought.length > 1 ? off : [] };
};

const wrong = ({ at, yours, asked, off, entries, shapes }) => {
  if (shapes) {
    let way = shapes[1].startsWith("a matrix") ? " A matrix is typed as [[1, 2], [3, 4]]." : "";
    if (shapes.join() === "a row,a column") way = " Here (1, 2) is a column already, without ᵀ.";
    return `Not yet: the numbers are right, but you give ${shapes[0]}, and ${shapes[1]} is asked for.${way}`;
  }
  if (entries) {
    const [given, sought] = entries.map((n) => (n === 1 ? "one number" : `${n} numbers`));
    const way = entries[0] === 1 ? ", with commas between" : "";
    return `Not yet: you give ${given}, and ${sought} ${sought === "one number" ? "is" : "are"} asked for${way}.`;
  }
  if (asked !== undefined)
    return `Not yet: at ${at || "the point"} yours gives ${yours}, and it should be ${asked}.`;
  if (!off?.length) return "Not yet: this is not the number.";
  const names = off.map((k) => ENTRY[k - 1] ?? `${k}th`);
  return `Not yet: look at the ${names.join(" and the ")} component.`;
};

export async function check(form) {
  const place = Number(form.dataset.place);
  const says = form.querySelector(".answer-verdict");
  const text = form.querySelector("input").value;
  if (!text.trim()) {
    says.textContent = "Type an answer first.";
    return null;
  }
  const exercise = (await data()).exercises[place];
  const { key, said, values, level, ...rest } = exercise;
  const judged = () => {
    const message = text.length > LONGEST ? `it has more than ${LONGEST} signs` : !exercise.function && refused(text);
    if (message) return { verdict: "unread", message };
    const written = exercise.function ? text.trim() : toTex(text);
    const tell = (progress) => (says.textContent = progress);
    return quick(exercise, text) ?? judge("answer", { exercise: rest, typed: written }, tell);
  };
  const verdict = await judged();
  says.replaceChildren();
  says.dataset.verdict = verdict.verdict;
  if (verdict.verdict === "right") says.append("✓ Right.");
  else if (verdict.verdict === "slip") {
    const sentence = make("span");
    sentence.innerHTML = said[verdict.slip]; // set by the build
    says.append("✗ ", sentence);
  } else if (verdict.verdict === "fails") says.append(`This does not run: ${verdict.message}.`);
  else if (verdict.verdict === "unread") says.append(`This cannot be read: ${verdict.message}.`);
  else says.append(`✗ ${wrong(verdict)}`);
  return { key, right: verdict.verdict === "right" };
}
