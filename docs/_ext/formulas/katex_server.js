// Typesets one formula per line of input: JSON in, JSON out, until the input ends.
const [katexPath, macrosJson, output] = process.argv.slice(2);
const katex = require(katexPath);
const macros = JSON.parse(macrosJson);
const REFUSED = "#cc0001"; // the colour in which KaTeX would show a command that it does not trust

const SIZES = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.44, 1.728, 2.074, 2.488]; // KaTeX's, by number

// How wide a box of KaTeX is, in em: it knows the width of each sign, and its style sheet the rest.
function width(node) {
  const parts = node.children ?? [];
  const { classes = [], style = {} } = node;
  const em = (name) => parseFloat(style[name] ?? 0);
  const beside = em("marginLeft") + em("marginRight") + em("paddingLeft");
  // Letters that KaTeX has joined have the width of the first; those of words are half an em.
  const letters = node.text?.length > 1 ? node.text.length / 2 : node.width || 0;
  if (node.text !== undefined) return letters + (node.italic || 0) + beside;
  if (classes.includes("nulldelimiter")) return 0.12;
  const [from, to] = ["reset-size", "size"].map((name) =>
    Number(classes.find((one) => RegExp(`^${name}\\d+$`).test(one))?.slice(name.length)));
  const scale = from && to ? SIZES[to] / SIZES[from] : 1;
  // A list stands one above the other, in rows of which the second holds what is below the line.
  const stacked = ["vlist", "vlist-t"].some((name) => classes.includes(name));
  const inner = stacked
    ? Math.max(0, ...parts.map(width))
    : parts.reduce((sum, part) => sum + width(part), 0);
  return scale * Math.max(inner, em("width"), em("minWidth")) + beside;
}

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { tex, display } = JSON.parse(line);
    let answer;
    try {
      const options = () => ({
        displayMode: display,
        errorColor: REFUSED,
        macros: { ...macros }, // a copy, so that no formula can define a macro for the next
        output,
        strict: "error",
      });
      const html = katex.renderToString(tex, options());
      answer = html.includes(REFUSED) ? { error: "a command that is not allowed here" } : { html };
      if (display && answer.html) {
        const wide = width(katex.__renderToHTMLTree(tex, options())) + 0.3; // a hair's breadth more
        answer.html = `<div class="formula" style="--wide: ${wide.toFixed(1)}">${html}</div>`;
      }
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  });
