/** Exact decimal numbers: `digits` / 10^`scale`. */
export class Decimal {
  readonly digits: bigint;
  readonly scale: number;
  constructor(digits: bigint, scale: number) {
    this.digits = digits;
    this.scale = scale;
  }

  /** `undefined`: no number, or one of more digits than `numberBytesMax` written out. */
  static parse(text: string): Decimal | undefined {
    const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/.exec(text);
    if (!match) return undefined;
    const [, sign, whole = "", fraction = "", power = "0"] = match;
    if (whole === "" && fraction === "") return undefined;
    const scale = fraction.length - Number(power);
    if (Math.abs(scale) + whole.length > decimalDigitsMax) return undefined;
    const digits = BigInt(`${whole}${fraction}`) * (scale < 0 ? 10n ** BigInt(-scale) : 1n);
    return new Decimal(sign === "-" ? -digits : digits, Math.max(0, scale));
  }

  static compare(a: Decimal, b: Decimal): number {
    const [left, right] = aligned(a, b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  static add(a: Decimal, b: Decimal): Decimal {
    const [left, right, scale] = aligned(a, b);
    return new Decimal(left + right, scale);
  }
  static multiply(a: Decimal, b: Decimal): Decimal {
    return new Decimal(a.digits * b.digits, a.scale + b.scale);
  }
  /** To `quotientDigits` behind the point, cut off. `undefined`: by zero. */
  static divide(a: Decimal, b: Decimal): Decimal | undefined {
    if (b.digits === 0n) return undefined;
    const [left, right] = aligned(a, b);
    return new Decimal((left * 10n ** BigInt(quotientDigits)) / right, quotientDigits);
  }
  static remainder(a: Decimal, b: Decimal): Decimal | undefined {
    if (b.digits === 0n) return undefined;
    const [left, right, scale] = aligned(a, b);
    return new Decimal(left % right, scale);
  }
  negated(): Decimal {
    return new Decimal(-this.digits, this.scale);
  }
  toNumber(): number {
    return Number(this.toString());
  }
  /** Without zeros at the end of the fraction. */
  toString(): string {
    const sign = this.digits < 0n ? "-" : "";
    const digits = String(this.digits < 0n ? -this.digits : this.digits).padStart(this.scale + 1, "0");
    const whole = digits.slice(0, digits.length - this.scale);
    const fraction = digits.slice(digits.length - this.scale).replace(/0+$/, "");
    return sign + whole + (fraction === "" ? "" : `.${fraction}`);
  }
}

const decimalDigitsMax = 1024;
const quotientDigits = 18;

function aligned(a: Decimal, b: Decimal): [left: bigint, right: bigint, scale: number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale), scale];
}
