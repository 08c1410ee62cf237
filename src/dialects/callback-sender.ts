/** What this dialect needs to call back; made by the server (server/callbacks.ts), which the dialect does not know. */

export type CallbackRequest = { url: URL; headers: Record<string, string>; body: Buffer; sni: boolean };
export type CallbackSender = {
  /** Is the address (as text) one that may be called? */
  mayReach(address: string): boolean;
  hasRoom(): boolean;
  readonly answerBytesMax: number;
  /** Of the public key, below the server's own address. */
  readonly keyPath: string;
  sign(bytes: Uint8Array): Promise<string>;
  /** Rejects with an error whose `fault` says why: `time`, `address`, `length`, `connection`. */
  post(request: CallbackRequest): Promise<{ status: number; headers: Readonly<Record<string, string | string[] | undefined>>; body: Buffer }>;
};
