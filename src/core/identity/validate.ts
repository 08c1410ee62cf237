/** What identities may be called. Wide on purpose: files written for other servers should load; what would break a signature or a line is refused. */
import { fail } from "../errors.ts";

export const identityLimits = {
  nameCharactersMax: 128,
  emailCharactersMax: 254,
  accessKeyIdCharactersMax: 128,
  secretCharactersMax: 256,
  /** Deleting an account is one batch: these keep it far below `metadataLimits.batchOperationsMax`. */
  usersPerAccountMax: 1000,
  keysPerAccountMax: 1000,
  groupsPerAccountMax: 300,
  rolesPerAccountMax: 1000,
  policiesPerAccountMax: 1000,
  groupsPerUserMax: 10,
  /** Of one user, group or role: policies of its own, and attached ones. */
  ownPoliciesMax: 10,
  attachedMax: 20,
  policyCharactersMax: 10_240,
  roleSecondsDefault: 3_600,
  roleSecondsMax: 43_200,
  /** Of a temporary key of an account or a user. */
  sessionSecondsMax: 129_600,
  /** A list of identities is answered whole. */
  listedMax: 10_000,
} as const;

const check = (argument: string, value: string, pattern: RegExp, why: string): string =>
  pattern.test(value) ? value : fail("invalidArgument", { argument, value: value.slice(0, 64), why });

export const accountName = (value: string): string =>
  check("name", value, new RegExp(`^[^\\p{C}/]{1,${identityLimits.nameCharactersMax}}$`, "u"), "1 to 128 printable characters without a slash");
export const userName = (value: string): string => accountName(value);
/** Of groups and roles: a part of the names that policies give them. */
export const holderName = (value: string): string => check("name", value, /^[\w+=,.@-]{1,64}$/, "letters, digits and +=,.@-_, at most 64");
export const policyName = (value: string): string =>
  check("name", value, new RegExp(`^[\\w+=,.@-]{1,${identityLimits.nameCharactersMax}}$`), "letters, digits and +=,.@-_, at most 128");
export function policyDocument({ raw }: { raw: string }): void {
  if (raw.length > identityLimits.policyCharactersMax) fail("entityTooLarge", { size: raw.length, limit: identityLimits.policyCharactersMax });
}
export const roleSeconds = (value: number): number =>
  Number.isInteger(value) && value >= identityLimits.roleSecondsDefault && value <= identityLimits.roleSecondsMax
    ? value
    : fail("invalidArgument", { argument: "secondsMax", value: String(value), why: `${identityLimits.roleSecondsDefault} to ${identityLimits.roleSecondsMax}` });
export const canonicalId = (value: string): string => check("canonicalId", value, /^[0-9a-f]{64}$/, "64 lower-case hex digits");
export const uid = (value: string): string => check("uid", value, /^[0-9]{1,20}$/, "up to 20 digits");
export const awsAccountId = (value: string): string => check("accountId", value, /^[0-9]{12}$/, "12 digits");
export const displayName = (value: string): string =>
  check("displayName", value, new RegExp(`^[^\\p{C}]{0,${identityLimits.nameCharactersMax}}$`, "u"), "up to 128 printable characters");
export const email = (value: string): string => check("email", value, /^(?:[^\s@]{1,64}@[^\s@]{1,189})?$/, "an e-mail address, or empty");
export const accessKeyId = (value: string): string => check("accessKeyId", value, /^[\w+=/.@-]{3,128}$/, "3 to 128 letters, digits and _ + = / . @ -");
/** The value is never echoed. */
export const secret = (value: string): string =>
  /^[\x21-\x7e]{8,256}$/.test(value) ? value : fail("invalidArgument", { argument: "secretAccessKey", value: "", why: "8 to 256 printable ASCII characters" });
export const hcpUsername = (value: string): string =>
  check("username", value, new RegExp(`^[^\\p{C}:]{1,${identityLimits.nameCharactersMax}}$`, "u"), "1 to 128 printable characters without a colon");
export const hcpPassword = (value: string): string =>
  value.length >= 1 && value.length <= 256 ? value : fail("invalidArgument", { argument: "password", value: "", why: "1 to 256 characters" });
