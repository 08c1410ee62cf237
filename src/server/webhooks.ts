/** Events out to the receivers that the operator named: one POST each, taken when it is answered with 2xx in time. */
import http from "node:http";
import https from "node:https";
import type { Webhook } from "../config/webhooks.ts";

export const webhookLimits = {
  /** From the beginning of a delivery to the end of its answer. */
  deliveryMsMax: 10_000,
  /** Of an answer, which nobody reads. */
  answerBytesMax: 64 * 1024,
  connectionsMax: 8,
} as const;

export type WebhookSender = {
  /** Rejects when the receiver did not take it; the message names no address, which may hold a secret. */
  send(name: string, message: { id: string; body: string }): Promise<void>;
  close(): void;
};

export function createWebhookSender(webhooks: readonly Webhook[], limits: { readonly [K in keyof typeof webhookLimits]: number } = webhookLimits): WebhookSender {
  const options = { keepAlive: true, maxSockets: limits.connectionsMax };
  const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };
  const urls = new Map(webhooks.map(({ name, url }) => [name, new URL(url)]));
  return {
    send: (name, { id, body }) =>
      new Promise((resolve, reject) => {
        const url = urls.get(name);
        if (url === undefined) {
          reject(new Error("no webhook has this name"));
          return;
        }
        const isSecure = url.protocol === "https:";
        const bytes = Buffer.from(body, "utf8");
        const headers = { "Content-Type": "application/json", "Content-Length": bytes.length, "User-Agent": "Amphora", "X-Amphora-Delivery": id };
        const signal = AbortSignal.timeout(limits.deliveryMsMax);
        const request = (isSecure ? https : http).request(url, { method: "POST", headers, agent: isSecure ? agents["https:"] : agents["http:"], signal }, (answer) => {
          const { statusCode = 0 } = answer;
          let received = 0;
          answer.on("data", (chunk: Buffer) => {
            received += chunk.length;
            if (received > limits.answerBytesMax) request.destroy(new Error("the answer is too long"));
          });
          answer.on("error", () => reject(new Error("the answer broke off")));
          answer.on("end", () => (statusCode >= 200 && statusCode < 300 ? resolve() : reject(new Error(`answered ${statusCode}`))));
        });
        request.on("error", (error: NodeJS.ErrnoException) => reject(new Error(signal.aborted ? "no answer in time" : (error.code ?? "the connection failed"))));
        request.end(bytes);
      }),
    close() {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}
