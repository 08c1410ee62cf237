/**
 * The operations of a dialect are the files in its operations folder: nobody keeps a list. Every export that looks like a declaration
 * (name, route, run) is one; several may stand in one file (a document's get, put and delete).
 */
import { readdir } from "node:fs/promises";
import type { AnyOperation } from "./operation.ts";

function isOperation(value: unknown): value is AnyOperation<unknown> {
  return typeof value === "object" && value !== null && "name" in value && "route" in value && "run" in value && typeof value.name === "string" && typeof value.run === "function";
}

/**
 * Reads a folder once at start: `loadOperations<S3>(new URL("./operations/", import.meta.url))`. Test files are left out; the order is that of
 * the names, so that two starts agree. `S` is the dialect's own settings type: every file in the folder is written for it.
 */
export async function loadOperations<S>(folder: URL): Promise<AnyOperation<S>[]> {
  const names = (await readdir(folder)).filter((name) => /\.[jt]s$/.test(name) && !/\.(?:test|d)\.[jt]s$/.test(name)).sort();
  const modules = await Promise.all(names.map((name) => import(new URL(name, folder.href.endsWith("/") ? folder : `${folder.href}/`).href) as Promise<Record<string, unknown>>));
  return modules.flatMap((module) => Object.values(module).flat().filter(isOperation)) as AnyOperation<S>[];
}
