/** The query parameters that OSS defines, from data/oss-parameters.json (source and date stand there). */
import { readFile } from "node:fs/promises";
import type { Target, VendorParameters } from "../operation.ts";

type ParametersFile = { selectors: Record<string, Target[]>; dependents: Record<string, string[]>; modifiers: string[]; bare: Record<string, string> };

export async function vendorParameters(): Promise<VendorParameters> {
  const file = JSON.parse(await readFile(new URL("../../../data/oss-parameters.json", import.meta.url), "utf8")) as ParametersFile;
  return {
    selectors: new Map(Object.entries(file.selectors)),
    dependents: new Map(Object.entries(file.dependents)),
    modifiers: new Set(file.modifiers),
    bare: new Map(Object.entries(file.bare)),
  };
}
