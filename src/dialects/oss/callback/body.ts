/** The body of a callback: `${name}` is replaced, as a form's value or as JSON. */

export type BodyType = "application/x-www-form-urlencoded" | "application/json";
export type Variables = ReadonlyMap<string, string>;
const pattern = /\$\{([^{}$]{1,128})\}/g;

/** What nobody knows is empty. Numbers stand in JSON as numbers. */
export function fillBody(body: string, bodyType: BodyType, look: (name: string) => string | number): string {
  const written = bodyType === "application/json" ? JSON.stringify : (value: string | number): string => encodeURIComponent(value);
  return body.replace(pattern, (_, name: string) => written(look(name)));
}
