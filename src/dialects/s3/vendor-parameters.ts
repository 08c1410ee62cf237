/** The query parameters that S3 defines, from data/s3-parameters.json (source and date stand there). */
import { readFile } from "node:fs/promises";
import type { Target, VendorParameters } from "../operation.ts";

type ParametersFile = { selectors: Record<string, Target[]>; modifiers: string[]; bare: Record<string, string> };

export async function vendorParameters(): Promise<VendorParameters> {
  const file = JSON.parse(await readFile(new URL("../../../data/s3-parameters.json", import.meta.url), "utf8")) as ParametersFile;
  return { selectors: new Map(Object.entries(file.selectors)), modifiers: new Set(file.modifiers), bare: new Map(Object.entries(file.bare)) };
}

/** S3 leaves `x-...` to its users; those of another vendor could mean something there. */
export const isCustomParameter = (name: string): boolean => name.toLowerCase().startsWith("x-") && !name.toLowerCase().startsWith("x-oss-");
