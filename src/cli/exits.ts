/** What the exit code of a command says; the guide and `amphora help` are made from this list. */
import { AccessDenied, CloudError, NoSuchBucket, Unavailable } from "../client/errors.ts";
import { SettingsError } from "../config/values.ts";

export const exits = {
  done: 0,
  failed: 1,
  usage: 2,
  missing: 3,
  refused: 4,
  unavailable: 5,
  partly: 6,
  interrupted: 130,
} as const;

export const exitWords: Readonly<Record<keyof typeof exits, string>> = {
  done: "done, or the answer is yes",
  failed: "it failed, or the answer is no (`explain`: something is in the way, `check`: damage)",
  usage: "the command line is wrong; nothing was sent",
  missing: "what it is about is not there",
  refused: "refused: not allowed, not empty, locked, taken, or not confirmed",
  unavailable: "no server answers, or it cannot at the moment; the same command may be given again",
  partly: "some of it could not be done; what and why stands on standard error",
  interrupted: "interrupted by Ctrl-C",
};

/** A command line that says nothing anybody could do. */
export class UsageError extends SettingsError {}

/** Something that did not come about, with the code that says of which kind that is. */
export class CommandError extends SettingsError {
  readonly exit: number;
  constructor(exit: keyof typeof exits, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exit = exits[exit];
  }
}

/** The kind of an HTTP status that is no success. */
export function exitOfStatus(status: number): keyof typeof exits {
  if (status === 404) return "missing";
  if (status === 429 || status >= 500) return "unavailable";
  return [401, 403, 409, 412, 423].includes(status) ? "refused" : "failed";
}

/** What a command that threw this ends with. */
export function exitOf(error: unknown): number {
  if (error instanceof CommandError) return error.exit;
  if (error instanceof UsageError) return exits.usage;
  if (error instanceof NoSuchBucket) return exits.missing;
  if (error instanceof AccessDenied) return exits.refused;
  if (error instanceof Unavailable) return exits.unavailable;
  if (error instanceof CloudError && error.status !== undefined) return exits[exitOfStatus(error.status)];
  return exits.failed;
}
/** Does its message say enough? Anything else is a defect. */
export const isTold = (error: unknown): error is Error => error instanceof SettingsError || error instanceof CloudError || (error instanceof Error && error.name === "FolderInUse");
