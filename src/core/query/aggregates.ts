/** Counts, sums and the like: one value from many rows, in a fixed space. */
import { Decimal } from "./decimal.ts";
import type { Aggregate } from "./model.ts";
import { calculate, order, Timestamp, toNumber, type Value } from "./values.ts";

export type Accumulator = { add(value: Value): void; result(): Value };

/** Values that are null, or not there, are left out. Whole numbers are summed as such; an average of them need not be whole. */
export function accumulator(aggregate: Aggregate): Accumulator {
  switch (aggregate) {
    case "count":
      return counting();
    case "sum":
      return summing((total) => total);
    case "avg":
      return summing(average);
    case "min":
      return extreme(-1);
    case "max":
      return extreme(1);
  }
}

const isThere = (value: Value): value is Exclude<Value, null | undefined> => value !== null && value !== undefined;

function counting(): Accumulator {
  let count = 0;
  return {
    add(value) {
      if (isThere(value)) count++;
    },
    result: () => BigInt(count),
  };
}

type Total = bigint | number | Decimal;
function summing(finish: (total: Total, count: number) => Value): Accumulator {
  let total: Total | undefined;
  let count = 0;
  return {
    add(value) {
      const number = toNumber(value);
      if (number === null) return;
      total = total === undefined ? number : plus(total, number);
      count++;
    },
    result: () => (total === undefined ? null : finish(total, count)),
  };
}
const plus = (a: Total, b: Total): Total => (typeof a === "bigint" && typeof b === "bigint" ? a + b : (calculate("+", a, b) as Total));

function average(total: Total, count: number): Value {
  if (total instanceof Decimal) return Decimal.divide(total, new Decimal(BigInt(count), 0));
  if (typeof total === "bigint" && total % BigInt(count) === 0n) return total / BigInt(count);
  return Number(total) / count;
}

function extreme(side: 1 | -1): Accumulator {
  let best: Value;
  return {
    add(value) {
      const one = value instanceof Timestamp ? value : toNumber(value);
      if (one === null) return;
      if (!isThere(best) || order(one, best) * side > 0) best = one;
    },
    result: () => best ?? null,
  };
}
