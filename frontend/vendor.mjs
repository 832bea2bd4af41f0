// Makes what static/ ships from the pinned lock file. Run in this folder:
//   npm ci && npm run vendor     after a change of static/css, static/js, an icon or a version
//   npm ci && npm run check      fails when the committed files are not what the sources make
// The output is committed and Python only reads it, so nobody needs npm to run the product.
import { build } from "esbuild";
import { bundle } from "lightningcss";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fs from "node:fs";

const modules = "node_modules", root = "..", out = `${root}/static`;
const version = name => JSON.parse(fs.readFileSync(`${modules}/${name}/package.json`)).version;
const read = file => fs.readFileSync(file, "utf8");
const hash = bytes => createHash("sha384").update(bytes).digest("hex").slice(0, 8);
const filesUnder = folder => fs.readdirSync(folder, { recursive: true }).map(f => `${folder}/${f}`).filter(f => fs.statSync(f).isFile());

// 1. htmx, as its authors ship it
fs.rmSync(`${out}/vendor`, { recursive: true, force: true });
fs.mkdirSync(`${out}/vendor`, { recursive: true });
const withoutMap = code => code.replace(/\n?\/\/# sourceMappingURL.*/s, "\n");
fs.writeFileSync(`${out}/vendor/htmx.min.js`, withoutMap(read(`${modules}/htmx.org/dist/htmx.min.js`)));
fs.writeFileSync(`${out}/vendor/hx-sse.min.js`, withoutMap(read(`${modules}/htmx.org/dist/ext/hx-sse.min.js`)));

// 2. our modules with the small GitHub elements, one file for each kind of page
for (const entry of ["public", "editor", "only", "staff"])
  await build({ entryPoints: [`${out}/js/${entry}.js`], outfile: `${out}/dist/${entry}.js`, nodePaths: [modules], bundle: true, minify: true,
    format: "esm", target: "es2022", legalComments: "linked", logLevel: "error" });

// 3. CSS: imports flattened, fonts addressed by their content like every other file.
//    light-dark() is not lowered: every browser has it since May 2024.
const targets = { chrome: 123 << 16, firefox: 120 << 16, safari: (17 << 16) | (5 << 8) };
for (const entry of ["public", "staff", "letter"]) {
  const { code } = bundle({ filename: `${out}/css/${entry}.css`, minify: true, targets });
  const addressed = code.toString().replace(/\.\.\/fonts\/([\w.-]+)/g, (all, name) => `${all}?v=${hash(fs.readFileSync(`${out}/fonts/${name}`))}`);
  fs.writeFileSync(`${out}/dist/${entry}.css`, addressed);
}

// 4. the icons that templates and code name, and those in icons.txt (chosen by data): a sprite of what public pages
//    name (those with a public layout and what they are made of, what data may choose there), and one of the rest
const names = new Set(read("icons.txt").split(/\s+/).filter(Boolean));
const sources = ["templates", "helpdesk", "kb"].flatMap(folder => filesUnder(`${root}/${folder}`)).filter(f => /\.(html|py)$/.test(f));
for (const file of sources)
  for (const [, name] of read(file).matchAll(/\bicon(?:\(|=)\s*["']([a-z0-9-]+)["']/g)) names.add(name);
const templates = new Map(filesUnder(`${root}/templates`).filter(f => f.endsWith(".html")).map(f => [f.slice(`${root}/templates/`.length), read(f)]));
const open = new Set();
const visit = name => {
  if (open.has(name) || !templates.has(name)) return;
  open.add(name);
  for (const [, other] of templates.get(name).matchAll(/"([\w/.-]+\.html)"/g)) visit(other);
};
for (const [name, source] of templates)
  if (/extends "layouts\/(help|auth)\.html"/.test(source) || /^(search|surveys|tickets\/portal|kb\/\w+)\/_/.test(name)) visit(name);
const chosen = ["kb/articles/admin.py", "kb/forum/rules.py", "helpdesk/web/elements.py"].map(f => read(`${root}/${f}`));
const said = new Set([...[...open].map(name => templates.get(name)), ...chosen].flatMap(source => [...source.matchAll(/["']([a-z0-9-]+)["']/g)].map(found => found[1])));
const symbol = name => {
  const inner = read(`${modules}/lucide-static/icons/${name}.svg`).replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>[\s\S]*/, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
};
const sorted = [...names].sort();
for (const [file, wanted] of [["icons.svg", sorted.filter(name => said.has(name))], ["icons-staff.svg", sorted.filter(name => !said.has(name))]])
  fs.writeFileSync(`${out}/${file}`, `<!-- Lucide ${version("lucide-static")}, ISC licence --><svg xmlns="http://www.w3.org/2000/svg">\n${wanted.map(symbol).join("\n")}\n</svg>\n`);

// 5. the manifest: what is shipped, how large it is, and the hash in its address
const manifest = {};
for (const file of ["dist", "fonts", "img", "vendor"].flatMap(folder => filesUnder(`${out}/${folder}`)).concat(`${out}/icons.svg`, `${out}/icons-staff.svg`).filter(f => !f.endsWith(".txt")).sort()) {
  const bytes = fs.readFileSync(file);
  manifest[file.slice(out.length + 1)] = { bytes: bytes.length, gzip: file.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length, hash: hash(bytes) };
}
const text = JSON.stringify(manifest, null, 1) + "\n";
const before = fs.existsSync(`${out}/manifest.json`) ? read(`${out}/manifest.json`) : "";
fs.writeFileSync(`${out}/manifest.json`, text);
for (const [file, { bytes, gzip }] of Object.entries(manifest))
  console.log(`${(bytes / 1024).toFixed(1).padStart(6)} KB, ${(gzip / 1024).toFixed(1).padStart(5)} KB gzip  ${file}`);
console.log(`${names.size} icons`);
if (process.argv.includes("--check") && before !== text) {
  console.error("the committed files were not what their sources make: commit the result");
  process.exit(1);
}
