/** Every way a signature, or what stands around it, can be refused, once for all dialects. Each dialect puts them into its vendor's words. */

export type Carrier = "header" | "query";

const payload = <T>(): T => undefined as T;

export const authFailures = {
  /** Syntax of the Authorization header or of the parameters. `what`: the field, `value`: as sent. */
  malformed: payload<{ carrier: Carrier; what: string; value: string }>(),
  /** Some of the parameters (or fields) that belong together are not there. `scheme`: as in claims. */
  incomplete: payload<{ carrier: Carrier; scheme: string; missing: string[] }>(),
  /** An Authorization header of a kind that is not served here (ECDSA, Basic, ...). */
  unsupportedScheme: payload<{ scheme: string }>(),
  /** A header and a query, or two vendors at once. */
  twoMechanisms: payload<{ mechanisms: string[] }>(),
  /** Thrown by whoever looks keys up. */
  unknownKey: payload<{ accessKeyId: string }>(),
  inactiveKey: payload<{ accessKeyId: string }>(),
  /** `stringToSign` and `canonicalRequest` are text (already read as UTF-8); `*Bytes`: lower-case hex pairs with blanks between, as vendors print them. */
  mismatch: payload<{ accessKeyId: string; stringToSign: string; stringToSignBytes: string; canonicalRequest?: string; canonicalRequestBytes?: string; provided: string }>(),
  missingDate: payload<{ value: string | undefined }>(),
  /** `written`: the date as the request has it. */
  skewed: payload<{ requestMs: number; serverMs: number; maxMs: number; written: string }>(),
  expired: payload<{ expiresMs: number; serverMs: number; expiresSeconds?: number }>(),
  notYetValid: payload<{ startMs: number; expiresMs: number; serverMs: number }>(),
  /** The lifetime of a presigned request is no number, or out of bounds. */
  badExpires: payload<{ value: string; maxSeconds: number }>(),
  /** The day of the credential is not that of the request. */
  scopeDate: payload<{ carrier: Carrier; scopeDate: string; requestDate: string }>(),
  wrongRegion: payload<{ carrier: Carrier; region: string; expected: string }>(),
  wrongService: payload<{ carrier: Carrier; service: string; expected: string }>(),
  wrongTerminator: payload<{ carrier: Carrier; terminator: string; expected: string }>(),
  /** A header that the vendor gives a meaning and that no signature covers. */
  unsignedHeader: payload<{ header: string }>(),
  /** Another vendor's header on a request signed for this one. */
  foreignHeader: payload<{ header: string }>(),
  additionalHeadersEmpty: payload<{ carrier: Carrier }>(),
  missingPayloadHash: payload<Record<never, never>>(),
  /** A value of x-amz-content-sha256 that is none, or one we do not serve (ECDSA chunks). */
  badPayloadHash: payload<{ value: string; known: boolean }>(),
  missingDecodedLength: payload<{ value: string | undefined }>(),
  chunkMalformed: payload<{ why: string }>(),
  chunkMismatch: payload<{ index: number; provided: string; stringToSign: string }>(),
  trailerMismatch: payload<{ provided: string; stringToSign: string }>(),
  /** A temporary key came without its token. */
  tokenMissing: payload<{ accessKeyId: string }>(),
  /** Not one of ours, or what it was issued on is gone. */
  tokenInvalid: payload<{ token: string }>(),
  /** Another key's. */
  tokenForeign: payload<{ accessKeyId: string; token: string }>(),
  tokenExpired: payload<{ token: string; expiresMs: number; serverMs: number }>(),
} as const;

export type AuthFailures = typeof authFailures;
export type AuthFailureKind = keyof AuthFailures;

export class AuthFailure<K extends AuthFailureKind = AuthFailureKind> extends Error {
  override name = "AuthFailure";
  readonly kind: K;
  readonly detail: AuthFailures[K];
  constructor(kind: K, detail: AuthFailures[K]) {
    super(kind);
    this.kind = kind;
    this.detail = detail;
  }
}

export function refuse<K extends AuthFailureKind>(kind: K, detail: AuthFailures[K]): never {
  throw new AuthFailure(kind, detail);
}

export const isAuthFailure = <K extends AuthFailureKind>(error: unknown, kind?: K): error is AuthFailure<K> =>
  error instanceof AuthFailure && (kind === undefined || error.kind === kind);
