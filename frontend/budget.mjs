// How much the page weighs on its way to a browser, and that it is not too much.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** All scripts and styles that the administrator's page can load, gzipped, and those that it loads at once. */
const most = 700_000;
const mostAtOnce = 325_000;
const dist = join(import.meta.dirname, "dist");
const assets = join(dist, "assets");
const weigh = (file) => gzipSync(readFileSync(join(assets, file)), { level: 9 }).length;
const all = readdirSync(assets).filter((file) => /\.(js|css)$/.test(file) && !file.startsWith("portal-"));
const first = [...readFileSync(join(dist, "index.html"), "utf8").matchAll(/assets\/([^"]+\.(?:js|css))/g)].map(
  (match) => match[1],
);
const sum = (files) => files.reduce((total, file) => total + weigh(file), 0);
const total = sum(all);
const atOnce = sum(first);
process.stdout.write(
  `page: ${(total / 1000).toFixed(0)} kB gzipped in all (at most ${most / 1000}), ${(atOnce / 1000).toFixed(0)} kB to begin with (at most ${mostAtOnce / 1000})\n`,
);
if (total > most || atOnce > mostAtOnce) {
  for (const file of all.sort((a, b) => weigh(b) - weigh(a)).slice(0, 10)) {
    process.stderr.write(`  ${file} ${(weigh(file) / 1000).toFixed(0)} kB\n`);
  }
  process.exit(1);
}

// A component without its styles is bare, and no test of its words notices.
const styles = join(import.meta.dirname, "node_modules", "@mantine", "core", "styles");
const read = (ending) => all.filter((file) => file.endsWith(ending)).map((file) => readFileSync(join(assets, file), "utf8")).join("");
const [scripts, rules] = [read(".js"), read(".css")];
const bare = readdirSync(styles).filter(
  (file) =>
    /^[A-Z]\w*\.css$/.test(file) &&
    [...readFileSync(join(styles, file), "utf8").matchAll(/\.(m_[0-9a-f]+)/g)].some(
      ([, name]) => scripts.includes(name) && !rules.includes(name),
    ),
);
if (bare.length > 0) {
  process.stderr.write(`src/app/mantine.css lacks the styles of ${bare.join(", ")}\n`);
  process.exit(1);
}
