/** How a condition that failed is called in PreconditionFailed: by the header that asked. */

/** The header that asked: of a copy's source, of a rename's, of the object that an annotation is about. */
export function conditionName(condition: string, of: "source" | "object" | undefined, operation: string | undefined): string {
  if (of === undefined) return condition;
  return of === "object" ? `x-amz-object-${condition}` : `${operation === "RenameObject" ? "x-amz-rename-source-" : "x-amz-copy-source-"}${condition}`;
}
