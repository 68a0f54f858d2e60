// Typesets one formula per line of input: JSON in, JSON out, until the input ends.
const [katexPath, macrosJson, output] = process.argv.slice(2);
const katex = require(katexPath);
const macros = JSON.parse(macrosJson);
const REFUSED = "#cc0001"; // the colour in which KaTeX would show a command that it does not trust

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { tex, display } = JSON.parse(line);
    let answer;
    try {
      const html = katex.renderToString(tex, {
        displayMode: display,
        errorColor: REFUSED,
        macros: { ...macros }, // a copy, so that no formula can define a macro for the next
        output,
        strict: "error",
      });
      answer = html.includes(REFUSED) ? { error: "a command that is not allowed here" } : { html };
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  });
