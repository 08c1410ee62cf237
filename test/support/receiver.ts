/** A receiver of events on loopback, which can be told to refuse. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type ReceivedEvent = { name: string; bucket: string; key: string; sequencer: string; delivery: string; versionId: string | undefined; record: Record<string, unknown> };
export type Receiver = {
  url: string;
  /** What was taken, in the order in which it came; tests among them are told apart. */
  taken: ReceivedEvent[];
  tests: number;
  refused: number;
  close(): Promise<void>;
};
type Message = { Records?: { eventName: string; s3: { bucket: { name: string }; object: { key: string; sequencer: string; versionId?: string } } }[] };

/** `refuses`: asked for each delivery; a number is the status of the refusal, "cut" ends the connection without an answer. `port`: 0, any. */
export async function startReceiver(refuses: () => number | "cut" | undefined = () => undefined, port = 0): Promise<Receiver> {
  const receiver: Receiver = { url: "", taken: [], tests: 0, refused: 0, close: async () => {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const refusal = refuses();
      if (refusal !== undefined) {
        receiver.refused++;
        if (refusal === "cut") request.socket.destroy();
        else response.writeHead(refusal).end("no");
        return;
      }
      const { Records = [] } = JSON.parse(Buffer.concat(chunks).toString()) as Message;
      if (Records.length === 0) receiver.tests++;
      for (const record of Records) {
        const { bucket, object } = record.s3;
        receiver.taken.push({
          name: record.eventName,
          bucket: bucket.name,
          key: object.key,
          sequencer: object.sequencer,
          versionId: object.versionId,
          delivery: String(request.headers["x-amphora-delivery"]),
          record,
        });
      }
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  receiver.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return receiver;
}

/** The document of notifications that sends everything to `name`. */
export const notifyAll = (name: string, ...events: string[]): string =>
  `<NotificationConfiguration><QueueConfiguration><Id>all</Id><Queue>arn:aws:sqs:us-east-1:123456789012:${name}</Queue>${events
    .map((event) => `<Event>${event}</Event>`)
    .join("")}</QueueConfiguration></NotificationConfiguration>`;

export async function eventually(condition: () => boolean, what: () => string, msMax = 20_000): Promise<void> {
  for (const endMs = performance.now() + msMax; !condition(); ) {
    if (performance.now() > endMs) throw new Error(`not within ${msMax} ms: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
