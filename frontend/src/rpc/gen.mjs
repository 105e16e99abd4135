// Writes gen.ts, the types of every operation, from openapi.json, which the
// service's own table writes: go generate ./backend/internal/adminapi. With
// --check it writes nothing and fails when gen.ts is not up to date.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("./openapi.json", import.meta.url);
const target = new URL("./gen.ts", import.meta.url);
const tree = await openapiTS(JSON.parse(await readFile(source, "utf8")), { defaultNonNullable: false });
const text = `// Code generated from openapi.json by npm run gen; DO NOT EDIT.\n\n${astToString(tree)}`;
if (!process.argv.includes("--check")) {
  await writeFile(target, text);
} else if ((await readFile(target, "utf8")) !== text) {
  process.stderr.write("gen.ts is not up to date: npm run gen\n");
  process.exitCode = 1;
}
