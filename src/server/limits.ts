/** Every bound of the listener, by name. */
export const listenerLimits = {
  headerBytesMax: 32 * 1024,
  targetBytesMax: 16 * 1024,
  /** From the first byte of a connection or request to the end of its headers. */
  headersMsMax: 30_000,
  /** An idle connection is kept this long: longer than the 60 s of the usual load balancers. */
  keepAliveMs: 65_000,
  connectionsMax: 16_384,
  /** While a body is waited for, at least `bodyProgressBytes` have to come in every `bodyStallMs`. */
  bodyStallMs: 60_000,
  bodyProgressBytes: 1_024,
  /** How long the client may leave one chunk of an answer untaken. */
  replyStallMs: 120_000,
  /** What a body may take of memory at once: the budget counts it at most with this. */
  bodyWindowBytes: 4 * 1024 * 1024,
  /** Chunks that wait for the reader before the socket is paused. */
  bodyQueueBytes: 256 * 1024,
  /** A body nobody read: this much is read and thrown away so that the connection can be used again. */
  unreadBytesMax: 256 * 1024,
  /** More than that: the answer is given, and the connection is listened to for a while so that the answer is not lost to a reset. */
  lingerMsMax: 5_000,
  lingerIdleMs: 1_000,
  lingerBytesMax: 256 * 1024 * 1024,
  /** How often stalled exchanges are looked for. */
  watchMs: 2_000,
} as const;
export type ListenerLimits = { readonly [K in keyof typeof listenerLimits]: number };

export const retryAfterS = { overloaded: 1, draining: 2, diskFull: 30 } as const;
