import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { SettingsError } from "../config/values.ts";
import { parseWebhooks } from "../config/webhooks.ts";
import { createWebhookSender, webhookLimits } from "./webhooks.ts";

async function receiving(answer: RequestListener, run: (address: string) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await run(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
const why = async (promise: Promise<void>): Promise<string> => {
  try {
    await promise;
    return "taken";
  } catch (error) {
    return (error as Error).message;
  }
};

test("a message is one POST with its id, and the address's password goes as Basic", async () => {
  const seen: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const take: RequestListener = (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk));
    request.on("end", () => {
      seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      response.writeHead(204).end();
    });
  };
  await receiving(take, async (address) => {
    const sender = createWebhookSender([{ name: "hook", url: `http://ann:s3cret@${address}/in?x=1` }]);
    await sender.send("hook", { id: "ID", body: '{"é":1}' });
    sender.close();
  });
  const [{ method, url, headers, body } = { method: "", url: "", headers: {}, body: "" }] = seen;
  assert.deepEqual([method, url, body], ["POST", "/in?x=1", '{"é":1}']);
  assert.deepEqual([headers["content-type"], headers["x-amphora-delivery"], headers["content-length"]], ["application/json", "ID", "8"]);
  assert.equal(headers.authorization, `Basic ${Buffer.from("ann:s3cret").toString("base64")}`);
});

test("what is not answered 2xx in time, and whole, was not taken; redirects lead nowhere; no reason names the address", async () => {
  let followed = 0;
  const answers: Record<string, RequestListener> = {
    "/moved": (_request, response) => void response.writeHead(307, { location: "/followed" }).end(),
    "/followed": (_request, response) => {
      followed++;
      response.writeHead(200).end();
    },
    "/500": (_request, response) => void response.writeHead(500).end("CANARY"),
    "/never": () => {},
    "/cut": (request) => void request.socket.destroy(),
    "/long": (_request, response) => void response.writeHead(200).end(Buffer.alloc(webhookLimits.answerBytesMax + 1)),
  };
  const route: RequestListener = (request, response) => answers[request.url ?? ""]?.(request, response);
  await receiving(route, async (address) => {
    const webhooks = Object.keys(answers).map((path) => ({ name: path.slice(1), url: `http://${address}${path}` }));
    const sender = createWebhookSender([...webhooks, { name: "closed", url: "http://127.0.0.1:1/" }], { ...webhookLimits, deliveryMsMax: 300 });
    const reason = (name: string) => why(sender.send(name, { id: "ID", body: "{}" }));
    assert.deepEqual(
      [await reason("moved"), await reason("500"), await reason("never"), await reason("cut"), await reason("closed"), await reason("absent")],
      ["answered 307", "answered 500", "no answer in time", "ECONNRESET", "ECONNREFUSED", "no webhook has this name"],
    );
    assert.equal(await reason("long"), "the answer is too long");
    assert.equal(followed, 0);
    sender.close();
  });
});

test("webhooks are NAME=URL, each name once, and what is wrong is said without the address", () => {
  assert.deepEqual(parseWebhooks(["a=http://h/", "b.c-d_1=https://u:p@h:1/x?y=z"]), [
    { name: "a", url: "http://h/" },
    { name: "b.c-d_1", url: "https://u:p@h:1/x?y=z" },
  ]);
  for (const wrong of [["http://CANARY/"], ["=http://CANARY"], ["a b=http://CANARY"], ["a=CANARY"], ["a=ftp://CANARY"], ["a=http://CANARY", "a=http://CANARY"], ["a="]]) {
    assert.throws(
      () => parseWebhooks(wrong),
      (error) => error instanceof SettingsError && !error.message.includes("CANARY"),
      String(wrong),
    );
  }
});
