/** Requests that say they pay: by a header, or the parameter of that name in a presigned URL. */
import type { Authenticated } from "./serve.ts";
import type { WireRequest } from "./wire.ts";

const payer = "requester";

/** Gives `who` back, with the payment where there is one. `name`: the header's, in lower case. */
export function withPayment(request: WireRequest, name: string, who: Authenticated): Authenticated {
  const isHeader = request.headers[name]?.toLowerCase() === payer;
  // Of requests that a header signs, headers alone count.
  const isParameter = request.headers.authorization === undefined && request.query.some((one) => one.name.toLowerCase() === name && one.value === payer);
  if (isHeader || isParameter) who.payment = { charged: false };
  return who;
}
