/** Is the port ours to take? */
import { createServer } from "node:net";
import { SettingsError } from "../config/values.ts";

/**
 * Threads that share a port can be joined on it, unnoticed, by another server of the same user; so the port is first taken alone for a moment.
 * @throws SettingsError
 */
export async function probePort(address: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "another program has it (choose another --port, or 0 for a free one)" : error.message;
      reject(new SettingsError(`cannot listen on ${address} port ${port}: ${why}`, { cause: error }));
    });
    probe.listen({ host: address, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}
