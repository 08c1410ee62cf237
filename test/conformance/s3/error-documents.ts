/** Error documents, judged whole: AWS's elements stand between Message and RequestId, in its order. */
import assert from "node:assert/strict";
import type { Answer, Ask, World } from "../helper.ts";

type Elements = Readonly<Record<string, string>>;
export type Row = {
  ask: Omit<Ask, "target"> & { target: string | (() => string) };
  status: number;
  code: string;
  message: string | RegExp;
  elements?: Elements | (() => Elements);
  headers?: Elements;
};

/** What stands in the document, in order; the ids, which are last, must be those of the headers. */
export function contents(answer: Answer): [name: string, text: string][] {
  assert.ok(answer.text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>'), "no namespace, one line break");
  assert.equal(answer.headers.get("content-type"), "application/xml");
  const all = answer.xml().children.map(({ name, text, children }): [string, string] => {
    assert.equal(children.length, 0);
    return [name, text];
  });
  const requestId = answer.headers.get("x-amz-request-id") ?? "";
  const hostId = answer.headers.get("x-amz-id-2") ?? "";
  assert.match(requestId, /^[0-9A-Z]{16}$/);
  assert.match(hostId, /^[0-9A-Za-z+/]{30,}=*$/);
  assert.deepEqual(all.slice(-2), [
    ["RequestId", requestId],
    ["HostId", hostId],
  ]);
  return all.slice(0, -2);
}

export const put = (target: string, headers: Record<string, string> = {}, body = "x"): Ask => ({ method: "PUT", target, headers, body });
export const get = (target: string, headers: Record<string, string> = {}): Ask => ({ method: "GET", target, headers });

export function nameOf({ ask: { method, target, headers }, code }: Row): string {
  return `${code}: ${method} ${typeof target === "string" ? target.slice(0, 40) : String(target).slice(6, 40)} ${Object.keys(headers ?? {}).join(" ")}`;
}

export async function judge(world: World, { ask, status, code, message, elements = {}, headers = {} }: Row): Promise<void> {
  const answer = await world.ask({ ...ask, target: typeof ask.target === "string" ? ask.target : ask.target() });
  const [[, saidCode] = [], [, saidMessage = ""] = [], ...detail] = contents(answer);
  assert.deepEqual([answer.status, saidCode], [status, code], answer.text);
  if (typeof message === "string") assert.equal(saidMessage, message);
  else assert.match(saidMessage, message);
  assert.deepEqual(detail, Object.entries(typeof elements === "function" ? elements() : elements));
  for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers.get(name), value, name);
  assert.deepEqual(world.logged, []);
}
