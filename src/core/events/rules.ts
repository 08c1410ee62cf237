/** Which rule an event falls under, and which rules can stand together. */
import { fail } from "../errors.ts";
import { type EventKind, type EventRule, eventLimits, type Notifications } from "./model.ts";

const refuse = (argument: string, value: string, why: string): never => fail("invalidArgument", { argument, value: value.slice(0, 64), why });
const overlap = (a: EventRule, b: EventRule): boolean =>
  a.kinds.some((kind) => b.kinds.includes(kind)) &&
  (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
  (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix));

/** Throws tooManyConfigurations, and invalidArgument for two rules that one event could fall under, or that have one id. */
export function boundNotifications(notifications: Notifications): Notifications {
  const { rules } = notifications;
  if (rules.length > eventLimits.rulesMax) fail("tooManyConfigurations", { limit: eventLimits.rulesMax });
  for (const [index, rule] of rules.entries()) {
    if (rule.id.length > eventLimits.idCharactersMax) refuse("Id", rule.id, `An Id has at most ${eventLimits.idCharactersMax} characters.`);
    for (const part of [rule.prefix, rule.suffix]) {
      if (Buffer.byteLength(part) > eventLimits.filterBytesMax)
        refuse("FilterRule", part, `Size of filter rule value cannot exceed ${eventLimits.filterBytesMax} bytes in UTF-8 representation`);
    }
    for (const other of rules.slice(0, index)) {
      if (other.id === rule.id) refuse("Id", rule.id, "Same ID used for multiple configurations. IDs must be unique");
      if (overlap(other, rule)) {
        refuse(
          "Event",
          rule.asked.join(","),
          "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
        );
      }
    }
  }
  return notifications;
}

/** At most one: rules that overlap cannot be put. */
export const ruleFor = ({ rules }: Notifications, kind: EventKind, key: string): EventRule | undefined =>
  rules.find((rule) => rule.kinds.includes(kind) && key.startsWith(rule.prefix) && key.endsWith(rule.suffix) && key.length >= Math.max(rule.prefix.length, rule.suffix.length));
