// Judges the answer to an exercise: numbers here, everything else by judge.py.

import { data, judge, make, set } from "./shared.js";
import { numbers, same, toTex } from "./plain.js";

const ENTRY = ["first", "second", "third", "fourth", "fifth", "sixth"];

export async function typed(form) {
  const { exercises } = await data();
  const exercise = exercises[form.dataset.place];
  if (exercise.function) return;
  await set(form.querySelector(".answer-set"), toTex(form.querySelector("input").value));
}

/** Return the verdict on numbers without Python; null if it takes more. */
const quick = (exercise, text) => {
  const found = exercise.values?.[0] && numbers(text);
  if (!found) return null;
  const [sought, ...slips] = exercise.values;
  if (same(found, sought)) return { verdict: "right" };
  const slip = slips.findIndex((values) => same(found, values));
  if (slip >= 0) return { verdict: "slip", slip };
  if (found.length !== sought.length)
    return { verdict: "wrong", entries: [found.length, sought.length] };
  const off = sought.map((value, k) => (same([found[k]], [value]) ? 0 : k + 1)).filter(Boolean);
  return { verdict: "wrong", off: sought.length > 1 ? off : [] };
};

const wrong = ({ at, yours, asked, off, entries, shapes }) => {
  if (shapes)
    return `Not yet: the numbers are right, but you give ${shapes[0]}, and ${shapes[1]} is asked for.`;
  if (entries) {
    const [given, sought] = entries.map((n) => (n === 1 ? "one number" : `${n} numbers`));
    return `Not yet: you give ${given}, and ${sought} ${sought === "one number" ? "is" : "are"} asked for.`;
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
  const written = exercise.function ? text.trim() : toTex(text);
  const verdict =
    quick(exercise, text) ??
    (await judge("answer", { exercise: rest, typed: written }, (progress) => {
      says.textContent = progress;
    }));
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
