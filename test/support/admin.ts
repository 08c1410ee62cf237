/** The admin API of a started server, by the bearer token of its credentials file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Server } from "./server.ts";

export type Json = Record<string, unknown>;

/** A POST where there is a body. */
export async function askAdmin(server: Pick<Server, "data" | "endpoint">, path: string, body?: Json): Promise<{ status: number; json: Json }> {
  const { adminToken } = JSON.parse(readFileSync(join(server.data, "root-credentials.json"), "utf8")) as { adminToken: string };
  const response = await fetch(`${server.endpoint}/-/admin/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${adminToken}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? {} : (JSON.parse(text) as Json) };
}
