/**
 * Policies in our own words, whatever grammar they were written in. A dialect's parser makes them, the evaluator (judge.ts) reads them; names of
 * actions and of facts are those of vocabulary.ts.
 */

/** Text to compare with: literal text, 0 for any one character, 1 for any run of them, or a fact whose value stands here literally. */
export type Pattern = (string | 0 | 1 | { fact: string; otherwise?: string })[];

/** `account` as the writer named it: compared with every identifier of the caller's account. `user` and `role` absent: the account, and so all its users and roles. */
/** `service`: a part of the server that acts of itself, as nobody's request; so far the writer of logs. */
export type Service = "logDelivery";
export type Principal = { anyone: true } | { service: Service } | { account: string; user?: string; role?: string; session?: string };

export type Comparison =
  | "text"
  | "textIgnoringCase"
  | "pattern"
  | "segments"
  | "number"
  | "numberBelow"
  | "numberUpTo"
  | "numberAbove"
  | "numberFrom"
  | "date"
  | "dateBefore"
  | "dateUpTo"
  | "dateAfter"
  | "dateFrom"
  | "truth"
  | "bytes"
  | "address"
  | "absent";

/** `negated`: true where none of `values` fits. `over`: of a fact with several values; absent: any of them. `ifThere`: holds where the fact is not. */
export type Condition = { compare: Comparison; negated?: boolean; over?: "any" | "all"; ifThere?: boolean; fact: string; values: Pattern[] };

export type Statement = {
  id?: string;
  effect: "allow" | "deny";
  /** Absent in the policy of a user: it is about that user. */
  who?: { not: boolean; principals: Principal[] };
  /** Without regard to case. */
  actions: { not: boolean; patterns: Pattern[] };
  /** `bucket` or `bucket/key`. */
  resources: { not: boolean; patterns: Pattern[] };
  conditions: Condition[];
};
/**
 * `roles`: what it says about becoming a role, where the resources are roles (`account/name`) and the only action is that. `tellsDeletes`: its actions tell taking a configuration away from putting it (vocabulary.ts
 * `coarseAction`).
 */
export type Policy = { id?: string; tellsDeletes?: boolean; statements: Statement[]; roles?: Statement[] };
