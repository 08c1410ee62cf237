/** The house style as a test: who may import whom, which words stand where, which files nobody uses, what may not grow. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";

const top = join(import.meta.dirname, "..");
const sources = globSync("{src,test,tools,bench,bin,examples}/**/*.{ts,mjs}", { cwd: top }).sort();
const textOf = (file: string): string => readFileSync(join(top, file), "utf8");
const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;"']*?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|(?:^|\n)import\s+["']([^"']+)["']/g)].map(
    (m) => m[1] ?? m[2] ?? m[3] ?? "",
  );
const targetsOf = (file: string, text: string): string[] =>
  importsOf(text)
    .filter((name) => name.startsWith("."))
    .map((name) => relative(top, resolve(top, dirname(file), name)))
    .filter((target) => !target.startsWith("data/"));

const isTest = (file: string): boolean => file.endsWith(".test.ts") || file.includes("/testing") || file.includes("/contract/") || file.startsWith("test/");
/** The part of the tree a file belongs to. */
function layerOf(file: string): string {
  const parts = file.split("/");
  if (parts[0] !== "src") return parts[0] ?? "";
  if (parts[1] === "dialects" && parts.length > 3) return `dialects/${parts[2]}`;
  return parts.length === 2 ? "main" : (parts[1] ?? "");
}
/** What each layer may import besides itself. `ports` is core/ports.ts alone. main sees all. */
const arrows: Record<string, string[]> = {
  lib: [],
  core: ["lib"],
  storage: ["lib", "ports"],
  dialects: ["core", "lib", "config", "dialects/s3", "dialects/oss", "dialects/hcp", "dialects/admin", "dialects/sts"],
  "dialects/s3": ["dialects", "core", "lib", "config"],
  "dialects/oss": ["dialects", "core", "lib", "config"],
  "dialects/hcp": ["dialects", "dialects/s3", "core", "lib", "config"],
  "dialects/admin": ["dialects", "dialects/s3", "core", "lib", "config"],
  "dialects/sts": ["dialects", "dialects/s3", "dialects/oss", "core", "lib", "config"],
  config: ["core", "lib"],
  server: ["dialects", "dialects/admin", "core", "lib", "config", "storage"],
  client: ["lib"],
  cli: ["client", "config", "core", "lib", "dialects", "dialects/s3", "dialects/admin", "storage", "server"],
};
function arrowProblem(file: string, target: string): string | undefined {
  const from = layerOf(file);
  const to = layerOf(target);
  if (from === to || from === "main" || arrows[from] === undefined) return undefined;
  if (target === "src/core/ports.ts" && arrows[from]?.includes("ports")) return undefined;
  return arrows[from]?.includes(to) ? undefined : `${file} imports ${target}: ${from} may not see ${to}`;
}

describe("tidy", () => {
  it("import arrows hold: server -> dialects -> core -> ports; storage -> ports; core sees no dialect, store or HTTP; s3 and oss never meet", () => {
    const problems = sources
      .filter((file) => file.startsWith("src/") && !isTest(file))
      .flatMap((file) => targetsOf(file, textOf(file)).map((target) => arrowProblem(file, target) ?? ""));
    assert.deepEqual(
      problems.filter((problem) => problem !== ""),
      [],
    );
  });

  it("the arrow check sees a wrong arrow", () => {
    assert.match(arrowProblem("src/core/buckets/delete.ts", "src/dialects/wire.ts") ?? "", /core may not see dialects/);
    assert.match(arrowProblem("src/dialects/s3/dialect.ts", "src/dialects/oss/dialect.ts") ?? "", /may not see/);
    assert.equal(arrowProblem("src/storage/blobs/memory/memory.ts", "src/core/ports.ts"), undefined);
    assert.match(arrowProblem("src/storage/blobs/memory/memory.ts", "src/core/keys.ts") ?? "", /may not see core/);
    assert.deepEqual(importsOf('import { a } from "./a.ts";\nconst b = await import("./b.ts");'), ["./a.ts", "./b.ts"]);
  });

  it("core and storage know no HTTP", () => {
    const guilty = sources.filter((file) => /^src\/(core|storage)\//.test(file) && /from "node:(http|https|http2|net|tls)"/.test(textOf(file)));
    assert.deepEqual(guilty, []);
  });

  it("the core speaks our own nouns: no vendor word in its code", () => {
    const vendorWord = /\b(s3|oss|aws|amz|alibaba|aliyun|minio|arn)\b|x-amz|x-oss|x-hcp/i;
    const guilty: string[] = [];
    for (const file of sources.filter((name) => name.startsWith("src/core/") && !isTest(name))) {
      const code = textOf(file)
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .replace(/\/\/.*$/gm, "");
      const found = vendorWord.exec(code);
      if (found) guilty.push(`${file}: "${found[0]}" (say it in a dialect, or use our noun)`);
    }
    assert.deepEqual(guilty, []);
  });

  it("every source file is used by something", () => {
    const used = new Set(sources.flatMap((file) => targetsOf(file, textOf(file))));
    const entry =
      /^(src\/main\.ts|src\/start\.ts|tools\/|bench\/|bin\/|examples\/)|\.test\.ts$|\/operations\/|\/cli\/commands\/|\/testing-|\.worker\.ts$|-worker\.ts$|-thread\.ts$/;
    const named = sources.map(textOf).join("\n");
    assert.deepEqual(
      sources.filter((file) => !entry.test(file) && !used.has(file) && !named.includes(`/${file.split("/").pop()}"`)),
      [],
    );
  });

  it("no file names a package registry's host or a machine's absolute path", () => {
    const all = globSync("{*.json,*.md,.npmrc,.ci/*,src/**/*,test/**/*,tools/**/*,bench/**/*,bin/**/*,docs/**/*,data/**/*,examples/**/*}", { cwd: top, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(top, join(entry.parentPath, entry.name)));
    const banned = new RegExp(["registry\\.npm" + "js", "npm" + "mirror", "pypi\\." + "org", "/wo" + "rk/(main|shared)", "/ro" + "ot/"].join("|"));
    assert.deepEqual(
      all.filter((file) => banned.test(textOf(file))),
      [],
    );
  });

  it("only lib/xml.ts writes XML declarations", () => {
    const guilty = sources.filter((file) => file.startsWith("src/") && !isTest(file) && file !== "src/lib/xml.ts" && textOf(file).includes("<?xml"));
    assert.deepEqual(guilty, []);
  });

  it("files stay small: those above 300 lines are named here and do not grow", () => {
    const grown: string[] = [];
    for (const file of sources.filter((name) => name.startsWith("src/") && !isTest(name))) {
      const lines = textOf(file).split("\n").length;
      const limit = ratchet[file] ?? 300;
      if (lines > limit) grown.push(`${file}: ${lines} lines, limit ${limit}`);
    }
    assert.deepEqual(grown, []);
  });
});

/** The ratchet: a file here may shrink, never grow. */
const ratchet: Record<string, number> = {
  // the contract of the core, types only
  "src/core/api.ts": 345,
  "src/core/model.ts": 320,
  "src/core/records.ts": 308,
  // the whole key schema, in one place by intent
  "src/core/keys.ts": 340,
  // one class, one idea: a chain changed in memory and written as one difference
  "src/core/versions/chain.ts": 310,
};
