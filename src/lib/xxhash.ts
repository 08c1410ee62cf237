/**
 * XXH64 and the two widths of XXH3 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), over any number of pieces. hash-wasm computes
 * them, one instance of each for the thread: another body's state is put aside for as long as one is hashed.
 */
import type { IHasher } from "hash-wasm";

export type XxhashAlgorithm = "xxhash64" | "xxhash3" | "xxhash128";
/** `digest`: the canonical form, big-endian; nothing comes after it. */
export type Xxhash = { update(bytes: Uint8Array): void; digest(): Uint8Array };

type Holder = { state?: Uint8Array };
type Instance = { hasher: IHasher; holder?: Holder | undefined };

let instances: Record<XxhashAlgorithm, Instance> | undefined;
let loading: Promise<void> | undefined;

export const isXxhash = (algorithm: string): algorithm is XxhashAlgorithm => algorithm === "xxhash64" || algorithm === "xxhash3" || algorithm === "xxhash128";

/** Before a thread's first `createXxhash`; `undefined`: nothing need be waited for. On demand, since loading takes some 100 ms of CPU and few are ever asked for one. */
export function loadXxhash(): Promise<void> | undefined {
  if (instances) return undefined;
  loading ??= load().finally(() => {
    loading = undefined;
  });
  return loading;
}

async function load(): Promise<void> {
  const { createXXHash64, createXXHash3, createXXHash128 } = await import("hash-wasm");
  instances = { xxhash64: { hasher: await createXXHash64() }, xxhash3: { hasher: await createXXHash3() }, xxhash128: { hasher: await createXXHash128() } };
}

export function createXxhash(algorithm: XxhashAlgorithm): Xxhash {
  const instance = instances?.[algorithm];
  if (!instance) throw new Error(`${algorithm} was asked for before it was loaded`);
  const { hasher } = instance;
  const me: Holder = {};
  const hold = (): void => {
    if (instance.holder === me) return;
    if (instance.holder) instance.holder.state = hasher.save();
    if (me.state) hasher.load(me.state);
    else hasher.init();
    instance.holder = me;
  };
  return {
    update(bytes) {
      hold();
      hasher.update(bytes);
    },
    digest() {
      hold();
      instance.holder = undefined;
      return hasher.digest("binary");
    },
  };
}
