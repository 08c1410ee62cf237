/** Policies beside ownership and ACLs: what the bucket's and the user's say, and what follows. A bucket without a policy costs an account one look at its state. */
import type { Context } from "../../api.ts";
import { tables } from "../../keys.ts";
import type { AccountId, BucketState, Caller, ConfigDocument, ObjectKey, Version } from "../../model.ts";
import { keptOutBy } from "../../points/gate.ts";
import { decodeJson } from "../../records.ts";
import type { View } from "../../view.ts";
import { type Closed, keepsClosed } from "../ownership.ts";
import type { Facts } from "./conditions.ts";
import { identityJudges } from "./identity-judges.ts";
import { compilePolicy, type Judge, judge, type Verdict } from "./judge.ts";
import type { Policy } from "./model.ts";
import { isPublicPolicy } from "./public.ts";
import { isAboutPolicy, neutralAction } from "./vocabulary.ts";

/** What was said. `ofUser`: by the policies of the user, its groups or the role. `ofSession`: what it does not allow, nothing does. `statements` name the policy and the statement in it. */
export type Said = {
  action: string;
  ofBucket: Verdict | undefined;
  ofUser: Verdict | undefined;
  ofSession?: Verdict | undefined;
  isPublic: boolean /** By the point of access that it comes through. */;
  keptOut?: { reason: string; statements: string[] } | undefined;
};
type Outcome = { decided: { allowed: boolean; reason: string; statements: string[] } } | { caller: Caller; statements: string[] };

/** Can a policy be about this? If not, nothing of this file is asked. */
export const mayHavePolicies = ({ caller, point }: Context, state: Pick<BucketState, "policy"> | undefined): boolean =>
  caller.kind === "user" || caller.kind === "role" || state?.policy === true || point !== undefined || sessionPolicy(caller) !== undefined;
const sessionPolicy = (caller: Caller): Policy | undefined => (caller.kind === "anonymous" ? undefined : caller.session?.policy);

/** `action` instead of the context's; `facts` over its own. */
export type About = {
  key?: ObjectKey | undefined;
  bucket?: string;
  version?: Version | undefined;
  action?: string;
  facts?: Readonly<Record<string, readonly string[] | undefined>>;
};

type BucketJudge = { judge: Judge; isPublic: boolean };

export async function policiesAbout(view: View, context: Context, state: BucketState | undefined, about: About): Promise<Said> {
  const bucket = state?.policy ? await bucketJudge(view, state) : undefined;
  const own = await identityJudges(view, context.caller);
  const ofPolicy = sessionPolicy(context.caller);
  const session = ofPolicy && compiled(ofPolicy);
  const judges = [...(bucket ? [bucket.judge] : []), ...(own?.judges ?? []).map((one) => one.judge), ...(session ? [session] : [])];
  // Asked for rarely, and another row to read.
  const owner = state !== undefined && judges.some(({ mentions }) => mentions.has("bucket.account")) ? await view.owner(state.owner) : undefined;
  const facts = askedOnce(factsOf(view, context, state, owner === undefined ? about : { ...about, facts: { "bucket.account": [owner.accountId], ...about.facts } }));
  const name = state?.name ?? about.bucket ?? "*";
  const resource = about.key === undefined ? name : `${name}/${about.key}`;
  const action = neutralAction(about.action ?? context.action);
  const question = { caller: context.caller, action, resource, facts };
  const ofBucket = bucket && named("bucket policy", judge(bucket.judge, question));
  const ofUser = own && together(own.judges.map(({ name: policy, judge: asked }) => named(policy, judge(asked, question))));
  const ofSession = session && named("session policy", judge(session, question));
  const { caller, point } = context;
  const keptOut = point !== undefined && state !== undefined ? await keptOutBy(view, state, point, { caller, action, key: about.key, facts }) : undefined;
  return { action, ofBucket, ofUser, ofSession, isPublic: bucket?.isPublic ?? false, keptOut };
}

const named = (policy: string, verdict: Verdict): Verdict => ({ ...verdict, statements: verdict.statements.map((statement) => `${policy}: ${statement}`) });
function together(verdicts: Verdict[]): Verdict {
  const of = (effect: Verdict["effect"]): Verdict[] => verdicts.filter((verdict) => verdict.effect === effect);
  const spoken = of("deny").length > 0 ? of("deny") : of("allow");
  const [first] = spoken;
  return { effect: first?.effect ?? "none", direct: first !== undefined, statements: spoken.flatMap(({ statements }) => statements) };
}

/** The bucket's policy, ready to be asked. */
export async function bucketJudge(view: View, { generation }: Pick<BucketState, "generation">): Promise<BucketJudge | undefined> {
  return view.made(`policy ${generation}`, async () => {
    const row = await view.get(tables.document.key(generation, "policy"));
    if (row === undefined) return undefined;
    const { model } = decodeJson<ConfigDocument<"policy">>(row);
    return { judge: compilePolicy(model), isPublic: isPublicPolicy(model) };
  });
}

/** Of what a session carries along; the same object comes again with the same token. */
const sessionJudges = new WeakMap<Policy, Judge>();
function compiled(policy: Policy): Judge {
  let known = sessionJudges.get(policy);
  if (known === undefined) sessionJudges.set(policy, (known = compilePolicy(policy)));
  return known;
}

/** Statements ask for the same few facts again and again. */
function askedOnce(facts: Facts): Facts {
  const known = new Map<string, ReturnType<Facts>>();
  return (name) => {
    let values = known.get(name);
    if (values === undefined && !known.has(name)) known.set(name, (values = facts(name)));
    return values;
  };
}

function factsOf(view: View, context: Context, state: BucketState | undefined, { version, facts: given }: About): Facts {
  const { caller } = context;
  const nowMs = view.ports.clock.wallMs();
  return (name) => {
    if (given !== undefined && Object.hasOwn(given, name)) return given[name];
    if (name.startsWith("object.tag/")) {
      const wanted = name.slice("object.tag/".length);
      const tag = version?.tags?.find(([key]) => key === wanted);
      return tag && [tag[1]];
    }
    switch (name) {
      case "time.now":
        return [new Date(nowMs).toISOString()];
      case "time.seconds":
        return [String(Math.floor(nowMs / 1000))];
      case "caller.kind":
        return [callerKinds[caller.kind]];
      case "caller.user":
        return caller.kind === "user" ? [caller.user] : undefined;
      case "caller.account":
        return caller.kind === "anonymous" ? undefined : [caller.account.accountId];
      case "caller.key":
        return caller.kind === "anonymous" ? undefined : [caller.accessKeyId];
      // The account itself, none of its users.
      case "caller.isOwner":
        return [String(caller.kind === "account" && caller.account.id === state?.owner)];
      case "caller.id":
        return [idOf(caller)];
      default:
        return context.facts?.(name);
    }
  };
}

const callerKinds = { anonymous: "Anonymous", account: "Account", user: "User", role: "AssumedRole" } as const;
function idOf(caller: Caller): string {
  if (caller.kind === "anonymous") return "anonymous";
  if (caller.kind === "role") return `${caller.session.roleId}:${caller.session.name}`;
  return caller.kind === "user" ? `${caller.account.accountId}:${caller.user}` : caller.account.accountId;
}

/** Decides, or says as whom ACLs and ownership see the caller: a user, or a role, whose own policy allows stands there for its account. */
export function weigh(
  { action, ofBucket, ofUser, ofSession, isPublic, keptOut }: Said,
  caller: Caller,
  bucket: ({ owner: AccountId } & Closed) | undefined,
  objectOwner: AccountId | undefined,
): Outcome {
  if (keptOut) return { decided: { allowed: false, ...keptOut } };
  if (ofSession !== undefined && ofSession.effect !== "allow") {
    const { effect, statements } = ofSession;
    return { decided: { allowed: false, reason: effect === "deny" ? `denied by ${statements.join(", ")}` : "the session's policy does not allow it", statements } };
  }
  const statements = [...(ofBucket?.statements ?? []), ...(ofUser?.statements ?? [])];
  const isOwners = caller.kind !== "anonymous" && bucket !== undefined && caller.account.id === bucket.owner;
  const keeps = caller.kind === "account" && isOwners && isAboutPolicy(action);
  const denying = [...(ofBucket?.effect === "deny" && !keeps ? ofBucket.statements : []), ...(ofUser?.effect === "deny" ? ofUser.statements : [])];
  if (denying.length > 0) return { decided: { allowed: false, reason: `denied by ${denying.join(", ")}`, statements: denying } };
  const stands: Caller =
    (caller.kind === "user" || caller.kind === "role") && ofUser?.effect === "allow" ? { kind: "account", account: caller.account, accessKeyId: caller.accessKeyId } : caller;
  if (ofBucket?.effect === "allow" && bucket) {
    const isOpen = isOwners || !(isPublic && keepsClosed(bucket, "restrictPublic"));
    // A bucket's policy gives nothing of what another account owns in it; and from elsewhere, a user's own policy has to agree.
    const gives = isOpen && (objectOwner === undefined || objectOwner === bucket.owner);
    if (gives && ((stands.kind !== "user" && stands.kind !== "role") || (isOwners && ofBucket.direct)))
      return { decided: { allowed: true, reason: `allowed by ${statements.join(", ")}`, statements } };
  }
  return { caller: stands, statements: ofUser?.effect === "allow" ? ofUser.statements : [] };
}
