/** Every way an upload by form can be refused, once for all dialects. Each puts them into its vendor's words (`FormTable`). */
import type { VendorAnswer } from "./error-table.ts";

const payload = <T>(): T => undefined as T;

export const formFailures = {
  /** The body is no multipart/form-data with a boundary. */
  notForm: payload<{ contentType: string | undefined }>(),
  /** The parts cannot be told from each other, or the body ends before the last boundary. */
  malformed: payload<{ why: string }>(),
  /** Too much stands before the file. */
  fieldsTooLong: payload<{ bytesMax: number }>(),
  tooManyFields: payload<{ fieldsMax: number }>(),
  fileMissing: payload<Record<never, never>>(),
  /** A field that there must be. */
  fieldMissing: payload<{ field: string }>(),
  /** Two fields of one name can be read two ways. */
  fieldRepeated: payload<{ field: string }>(),
  /** A value that no header can carry. */
  fieldValue: payload<{ field: string; value: string }>(),
  policySyntax: payload<{ why: string }>(),
  policyExpired: payload<{ expiresMs: number; serverMs: number }>(),
  /** `condition`: as it stands in the policy, as JSON. */
  conditionFailed: payload<{ condition: string }>(),
  /** Fields that no condition names, where each must be. */
  uncovered: payload<{ fields: string[] }>(),
  fileTooLarge: payload<{ size: number; max: number }>(),
  fileTooSmall: payload<{ size: number; min: number }>(),
} as const;

export type FormFailures = typeof formFailures;
export type FormFailureKind = keyof FormFailures;

export class FormFailure<K extends FormFailureKind = FormFailureKind> extends Error {
  override name = "FormFailure";
  readonly kind: K;
  readonly detail: FormFailures[K];
  constructor(kind: K, detail: FormFailures[K]) {
    super(kind);
    this.kind = kind;
    this.detail = detail;
  }
}

export function refuseForm<K extends FormFailureKind>(kind: K, detail: FormFailures[K]): never {
  throw new FormFailure(kind, detail);
}

export type FormTable = { [K in FormFailureKind]: (detail: FormFailures[K]) => VendorAnswer };

export function formAnswer<K extends FormFailureKind>(table: FormTable, { kind, detail }: FormFailure<K>): VendorAnswer {
  return table[kind](detail);
}
