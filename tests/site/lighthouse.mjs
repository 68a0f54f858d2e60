// Run Lighthouse's simulated phone over the addresses given, one after the other, in one browser.
// usage: node lighthouse.mjs CHROMIUM FLAGS(JSON) ADDRESS...; a line of JSON for each address.
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [chromePath, flags, ...addresses] = process.argv.slice(2);
const chrome = await launch({ chromePath, chromeFlags: JSON.parse(flags), logLevel: "silent" });
const categories = ["performance", "accessibility", "best-practices", "seo"];

try {
  for (const address of addresses) {
    const options = { port: chrome.port, onlyCategories: categories, logLevel: "error" };
    const { lhr } = await lighthouse(address, options);
    const { audits } = lhr;
    const scores = {};
    const lost = [];
    for (const name of categories) {
      scores[name] = lhr.categories[name].score;
      for (const { id, weight } of lhr.categories[name].auditRefs) {
        const { score, displayValue, details } = audits[id];
        if (weight > 0 && score !== null && score < 1) {
          lost.push({ id, score, value: displayValue, first: details?.items?.slice(0, 3) });
        }
      }
    }
    const paint = audits["largest-contentful-paint"].numericValue;
    const shift = audits["cumulative-layout-shift"].numericValue;
    const error = lhr.runtimeError?.message ?? null;
    console.log(JSON.stringify({ address, scores, paint, shift, lost, error }));
  }
} finally {
  chrome.kill();
}
