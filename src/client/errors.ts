/** What a client's call can end with, beside success. Code tells them apart by class or by `name`, never by words. */

/** `code` and `status` as the service gave them; `requestId` for its support. */
export type Answered = { code?: string; status?: number; requestId?: string };

/** Of every error below. */
export class CloudError extends Error {
  override name = "CloudError";
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  constructor(message: string, { code, status, requestId, cause }: Answered & { cause?: unknown } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** 404: there is no such bucket; nothing was done. */
export class NoSuchBucket extends CloudError {
  override name = "NoSuchBucket";
}

/** 401, 403: the keys are wrong, or they may not do this. */
export class AccessDenied extends CloudError {
  override name = "AccessDenied";
}

/** The bucket lives elsewhere. `endpoint`, `region`: where, when the service said so. No redirect is ever followed. */
export class WrongEndpoint extends CloudError {
  override name = "WrongEndpoint";
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  constructor(message: string, { endpoint, region, ...answered }: Answered & { endpoint?: string | undefined; region?: string | undefined }) {
    super(message, answered);
    this.endpoint = endpoint;
    this.region = region;
  }
}

/** The answer is about another bucket than the one that was asked about, or about keys outside of what was asked for: nothing was done with it. */
export class WrongAnswer extends CloudError {
  override name = "WrongAnswer";
}

/** No answer, or a refusal that time may heal, as often as it was tried. The same call may be made again: it goes on with what is left. */
export class Unavailable extends CloudError {
  override name = "Unavailable";
}

/** `found`: what lists show, `more`: and there is more of it; `examples`: names. `report`: what emptying it came to, where that was tried: what was refused, and why. */
export type Blockers = { found: import("./sweep.ts").Counts; more: boolean; examples: string[]; report?: import("./sweep.ts").Report };

/** 409: something is in it that was not removed, or could not be. */
export class BucketNotEmpty extends CloudError {
  override name = "BucketNotEmpty";
  readonly blockers: Blockers;
  constructor(message: string, { blockers, ...answered }: Answered & { blockers: Blockers; cause?: unknown }) {
    super(message, answered);
    this.blockers = blockers;
  }
}
