// Lists what of npm is in the page, with the words of its licences, for NOTICE.
// A licence that is not known to be fine to ship ends the build.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const fine = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "OFL-1.1", "Zlib", "CC0-1.0", "Unlicense"]);
const here = import.meta.dirname;
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
const rows = [];
const texts = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  // What only builds and tests is not shipped; types leave nothing behind.
  if (path === "" || entry.dev || entry.devOptional || path.includes("/@types/")) continue;
  const folder = join(here, path);
  if (!existsSync(join(folder, "package.json"))) continue; // an optional one for another system
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const chosen = String(license).replace(/[()]/g, "").split(" OR ").find((one) => fine.has(one));
  if (!chosen) throw new Error(`${name} ${version} has the licence ${license}, which is not known to be fine`);
  rows.push(`  ${name.padEnd(50)} ${String(version).padEnd(40)} ${chosen}`);
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((file) => file.isFile() && /^(licen[cs]e|copying|notice|ofl)/i.test(file.name))
    .map((file) => file.name);
  const words = files.map((file) => readFileSync(join(folder, file), "utf8").replaceAll(/[^\S\n]+$/gm, "").trimEnd());
  texts.push(`\n${"=".repeat(78)}\n${name} ${version}\n`, ...words.map((text) => `${"-".repeat(78)}\n\n${text}\n`));
  if (words.length === 0) texts.push(`${"-".repeat(78)}\n\n${chosen}, as its package says; it brings no text of its own.\n`);
}
const part = process.argv[2];
process.stdout.write(part === "texts" ? texts.join("") : `${rows.sort().join("\n")}\n`);
