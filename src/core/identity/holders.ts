/**
 * Who has policies beside users: groups of users, roles, and the policies of an account that are attached to them. A row each; every change expects
 * the account's row and changes it, so that two of them never pass each other.
 */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { AccountId, Group, PolicyHolder, Role, SharedPolicy, User, UserPolicy } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";
import type { View } from "../view.ts";
import { newRoleId } from "./ids.ts";
import { change, countRows, listRows, requireAccount, touchAccount } from "./rows.ts";
import { holderName, identityLimits, policyDocument, policyName, roleSeconds } from "./validate.ts";

export type HolderKind = "group" | "role" | "policy";
/** Whose policies are meant. */
export type HolderRef = { account: AccountId; kind: "user" | "group" | "role"; name: string };
type Outcome = "created" | "changed" | "kept";

const most = { group: identityLimits.groupsPerAccountMax, role: identityLimits.rolesPerAccountMax, policy: identityLimits.policiesPerAccountMax } as const;
const rowOf = ({ account, kind, name }: HolderRef): Bytes => (kind === "user" ? tables.user.key(account, name) : tables.holder.key(account, kind, name));

type Held<T> = { key: Bytes; value: Bytes | undefined; held: T | undefined };
async function find<T>(view: View, account: AccountId, kind: HolderKind, name: string): Promise<Held<T>> {
  const key = tables.holder.key(account, kind, name);
  const value = await view.get(key);
  return { key, value, held: value && decodeJson<T>(value) };
}

/** Puts a row that was not there (`before.value` undefined), or another in its place. */
async function put(view: View, batch: Change, account: AccountId, kind: HolderKind, before: Held<unknown>, row: object): Promise<void> {
  if (before.value === undefined && (await countRows(view, tables.holder.range(account, kind), most[kind])) >= most[kind])
    fail("conflict", { what: `an account has at most ${most[kind]} of ${kind}` });
  batch.expect(before.key, before.value).put(before.key, encodeJson(row));
}

export const createGroup = (ports: Ports, context: Context, input: { account: AccountId; name: string }): Promise<Group> =>
  change(ports, context, async (view, batch) => (await putGroup(view, batch, input)) ?? fail("nameTaken", { what: "group", name: input.name }));
/** `undefined` when it is there already. */
export async function putGroup(view: View, batch: Change, { account: id, name }: { account: AccountId; name: string }): Promise<Group | undefined> {
  const account = await requireAccount(view, batch, id);
  const before = await find<Group>(view, id, "group", holderName(name));
  if (before.held) return undefined;
  const group: Group = { account: id, name, createdMs: view.ports.clock.wallMs() };
  await put(view, batch, id, "group", before, group);
  touchAccount(batch, account);
  return group;
}

/** Its users are in it no more. */
export const deleteGroup = (ports: Ports, context: Context, { account: id, name }: { account: AccountId; name: string }): Promise<void> =>
  change(ports, context, async (view, batch) => {
    const account = await requireAccount(view, batch, id);
    const { key, value } = await find<Group>(view, id, "group", name);
    if (value === undefined) fail("accountMissing", { name });
    batch.expect(key, value).remove(key);
    for (const row of await usersOf(view, id)) {
      const { groups = [], ...user } = decodeJson<User>(row.value);
      if (!groups.includes(name)) continue;
      const rest = groups.filter((group) => group !== name);
      batch.put(row.key, encodeJson({ ...user, ...(rest.length === 0 ? {} : { groups: rest }) }));
    }
    touchAccount(batch, account);
  });

async function usersOf(view: View, id: AccountId): Promise<{ key: Bytes; value: Bytes }[]> {
  const cursor = view.scan(tables.user.range(id));
  const rows = await cursor.next(identityLimits.usersPerAccountMax);
  cursor.close();
  return rows;
}

export type Membership = { account: AccountId; group: string; user: string; isMember: boolean };
/** conflict past `groupsPerUserMax`. */
export const setMember = (ports: Ports, context: Context, input: Membership): Promise<void> =>
  change(ports, context, async (view, batch) => void (await putMember(view, batch, input)));
export async function putMember(view: View, batch: Change, { account: id, group, user: name, isMember }: Membership): Promise<Outcome> {
  const account = await requireAccount(view, batch, id);
  const held = await find<Group>(view, id, "group", group);
  if (held.value === undefined) fail("accountMissing", { name: group });
  const key = tables.user.key(id, name);
  const value = await view.get(key);
  if (value === undefined) return fail("accountMissing", { name });
  const { groups = [], ...user } = decodeJson<User>(value);
  if (groups.includes(group) === isMember) return "kept";
  const after = isMember ? [...groups, group] : groups.filter((other) => other !== group);
  if (after.length > identityLimits.groupsPerUserMax) fail("conflict", { what: `a user is in at most ${identityLimits.groupsPerUserMax} groups` });
  batch
    .expect(held.key, held.value)
    .expect(key, value)
    .put(key, encodeJson({ ...user, ...(after.length === 0 ? {} : { groups: after }) }));
  touchAccount(batch, account);
  return "created";
}

export type NewRole = { account: AccountId; name: string; trust: Role["trust"]; secondsMax?: number };
/** Makes a role, or says anew who may become it; its policies stay. */
export const setRole = (ports: Ports, context: Context, input: NewRole): Promise<Role> => change(ports, context, async (view, batch) => (await putRole(view, batch, input)).role);
export async function putRole(view: View, batch: Change, { account: id, name, trust, secondsMax }: NewRole): Promise<{ outcome: Outcome; role: Role }> {
  const account = await requireAccount(view, batch, id);
  const before = await find<Role>(view, id, "role", holderName(name));
  policyDocument(trust);
  const { random, clock } = view.ports;
  const known: Role = before.held ?? { account: id, name, id: newRoleId(random), trust, secondsMax: identityLimits.roleSecondsDefault, createdMs: clock.wallMs() };
  const role: Role = { ...known, trust, secondsMax: roleSeconds(secondsMax ?? known.secondsMax) };
  if (before.held && before.held.trust.raw === trust.raw && before.held.secondsMax === role.secondsMax) return { outcome: "kept", role };
  await put(view, batch, id, "role", before, role);
  touchAccount(batch, account);
  return { outcome: before.held ? "changed" : "created", role };
}
export const deleteRole = (ports: Ports, context: Context, { account: id, name }: { account: AccountId; name: string }): Promise<void> =>
  change(ports, context, async (view, batch) => {
    const account = await requireAccount(view, batch, id);
    const { key, value } = await find<Role>(view, id, "role", name);
    if (value === undefined) fail("accountMissing", { name });
    batch.expect(key, value).remove(key);
    touchAccount(batch, account);
  });
/** What was issued for the role until now opens nothing any more. */
export const endSessions = (ports: Ports, context: Context, { account: id, name }: { account: AccountId; name: string }): Promise<void> =>
  change(ports, context, async (view, batch) => {
    const account = await requireAccount(view, batch, id);
    const { key, value, held } = await find<Role>(view, id, "role", name);
    if (held === undefined) fail("accountMissing", { name });
    batch.expect(key, value).put(key, encodeJson({ ...held, endedMs: view.ports.clock.wallMs() }));
    touchAccount(batch, account);
  });

export type NewSharedPolicy = { account: AccountId } & UserPolicy;
export const setSharedPolicy = (ports: Ports, context: Context, input: NewSharedPolicy): Promise<void> =>
  change(ports, context, async (view, batch) => void (await putSharedPolicy(view, batch, input)));
export async function putSharedPolicy(view: View, batch: Change, { account: id, name, model, raw }: NewSharedPolicy): Promise<Outcome> {
  const account = await requireAccount(view, batch, id);
  policyDocument({ raw });
  const before = await find<SharedPolicy>(view, id, "policy", policyName(name));
  if (before.held?.raw === raw) return "kept";
  await put(view, batch, id, "policy", before, { account: id, name, model, raw, createdMs: before.held?.createdMs ?? view.ports.clock.wallMs() } satisfies SharedPolicy);
  touchAccount(batch, account);
  return before.held ? "changed" : "created";
}
/** Refused (conflict) while somebody has it. */
export const deleteSharedPolicy = (ports: Ports, context: Context, { account: id, name }: { account: AccountId; name: string }): Promise<void> =>
  change(ports, context, async (view, batch) => {
    const account = await requireAccount(view, batch, id);
    const { key, value } = await find<SharedPolicy>(view, id, "policy", name);
    if (value === undefined) fail("accountMissing", { name });
    const cursor = view.scan(tables.holder.range(id));
    const holders = await cursor.next(most.group + most.role + most.policy);
    cursor.close();
    for (const row of [...(await usersOf(view, id)), ...holders]) {
      const holder = decodeJson<PolicyHolder & { name: string }>(row.value);
      if (holder.attached?.includes(name)) fail("conflict", { what: `the policy is attached to ${holder.name}` });
    }
    batch.expect(key, value).remove(key);
    touchAccount(batch, account);
  });

export type Attachment = { holder: HolderRef; policy: string; isAttached: boolean };
/** Gives a policy of the account to a user, a group or a role, or takes it away. conflict past `attachedMax`. */
export const setAttached = (ports: Ports, context: Context, input: Attachment): Promise<void> =>
  change(ports, context, async (view, batch) => void (await putAttached(view, batch, input)));
export async function putAttached(view: View, batch: Change, { holder, policy, isAttached }: Attachment): Promise<Outcome> {
  const account = await requireAccount(view, batch, holder.account);
  const shared = await find<SharedPolicy>(view, holder.account, "policy", policy);
  if (isAttached && shared.value === undefined) fail("accountMissing", { name: policy });
  const key = rowOf(holder);
  const value = await view.get(key);
  if (value === undefined) return fail("accountMissing", { name: holder.name });
  const { attached = [], ...rest } = decodeJson<PolicyHolder>(value);
  if (attached.includes(policy) === isAttached) return "kept";
  const after = isAttached ? [...attached, policy] : attached.filter((other) => other !== policy);
  if (after.length > identityLimits.attachedMax) fail("conflict", { what: `at most ${identityLimits.attachedMax} policies are attached to one` });
  batch
    .expect(shared.key, shared.value)
    .expect(key, value)
    .put(key, encodeJson({ ...rest, ...(after.length === 0 ? {} : { attached: after }) }));
  touchAccount(batch, account);
  return "created";
}

export type OwnPolicy = { holder: HolderRef; name: string; policy?: Omit<UserPolicy, "name"> };
/** As `setUserPolicy`, of whoever has policies. */
export const setPolicy = (ports: Ports, context: Context, input: OwnPolicy): Promise<void> =>
  change(ports, context, async (view, batch) => void (await putPolicy(view, batch, input)));
/** Says whether there was none of that name, or another, or this one. Throws accountMissing, invalidArgument, entityTooLarge, conflict past `policiesMax`. */
export async function putPolicy(view: View, batch: Change, { holder, name, policy }: OwnPolicy): Promise<Outcome> {
  policyName(name);
  if (policy) policyDocument(policy);
  const account = await requireAccount(view, batch, holder.account);
  const key = rowOf(holder);
  const value = await view.get(key);
  if (value === undefined) return fail("accountMissing", { name: holder.name });
  const { policies = [], ...rest } = decodeJson<PolicyHolder>(value);
  const before = policies.find((other) => other.name === name);
  const others = policies.filter((other) => other !== before);
  if (!policy && !before) fail("accountMissing", { name });
  if (policy && policy.raw === before?.raw) return "kept";
  if (policy && others.length >= identityLimits.ownPoliciesMax) fail("conflict", { what: `at most ${identityLimits.ownPoliciesMax} policies are one's own` });
  const kept = policy ? [...others, { name, ...policy }] : others;
  batch.expect(key, value).put(key, encodeJson({ ...rest, ...(kept.length === 0 ? {} : { policies: kept }) }));
  touchAccount(batch, account);
  return before ? "changed" : "created";
}

async function list<T>(ports: Ports, context: Context, account: AccountId, kind: HolderKind): Promise<T[]> {
  authorizeAdmin(context);
  return (await listRows(ports, tables.holder.range(account, kind))).map(({ value }) => decodeJson<T>(value));
}
export const listGroups = (ports: Ports, context: Context, account: AccountId): Promise<Group[]> => list<Group>(ports, context, account, "group");
export const listRoles = (ports: Ports, context: Context, account: AccountId): Promise<Role[]> => list<Role>(ports, context, account, "role");
export const listSharedPolicies = (ports: Ports, context: Context, account: AccountId): Promise<SharedPolicy[]> => list<SharedPolicy>(ports, context, account, "policy");
