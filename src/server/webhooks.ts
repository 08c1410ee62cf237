/** Events out to the receivers that the operator named: one POST each, taken when it is answered with 2xx in time. */
import http from "node:http";
import https from "node:https";
import type { Webhook } from "../config/webhooks.ts";
import { post } from "./outgoing.ts";

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
    async send(name, { id, body }) {
      const url = urls.get(name);
      if (url === undefined) throw new Error("no webhook has this name");
      const headers = { "Content-Type": "application/json", "User-Agent": "Amphora", "X-Amphora-Delivery": id };
      const { status } = await post({ url, headers, body: Buffer.from(body, "utf8"), msMax: limits.deliveryMsMax, answerBytesMax: limits.answerBytesMax, agents });
      if (status < 200 || status > 299) throw new Error(`answered ${status}`);
    },
    close() {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}
