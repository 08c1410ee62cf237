/** Wiring of what takes events to their receivers, and its figures. */
import type { Settings } from "./config/settings.ts";
import { parseWebhooks } from "./config/webhooks.ts";
import { type Delivery, startDelivery } from "./core/events/deliver.ts";
import type { Ports } from "./core/ports.ts";
import { messageOf } from "./dialects/s3/notifications/message.ts";
import type { GaugeRow } from "./server/metrics.ts";
import { createWebhookSender } from "./server/webhooks.ts";

/** What is under way when the server is told to stop may take this long to be answered. */
const graceMs = 2_000;

/** Until the signal. */
export function startEvents(ports: Ports, { webhooks = [], region }: Pick<Settings, "webhooks" | "region">, signal: AbortSignal): Delivery {
  const named = parseWebhooks(webhooks);
  const sender = createWebhookSender(named);
  const delivery = startDelivery(ports, {
    targets: new Set(named.map(({ name }) => name)),
    send: (target, event, id) => sender.send(target, { id, body: messageOf(event, { region, id }) }),
    signal,
  });
  // A receiver that takes its time does not hold up the end: what it was sent comes again.
  signal.addEventListener("abort", () => setTimeout(sender.close, graceMs).unref());
  return { ...delivery, ended: delivery.ended.finally(sender.close) };
}

export function eventRows(delivery: Delivery | undefined): GaugeRow[] {
  return (delivery?.figures() ?? []).flatMap(({ target, waiting, delivered, failed, givenUp }) => {
    const row = (name: string, type: GaugeRow["type"], help: string, value: number): GaugeRow => ({ name: `amphora_events_${name}`, type, help, value, labels: { target } });
    return [
      row("waiting", "gauge", "Events in the outbox.", waiting),
      row("delivered_total", "counter", "Events that the target has taken.", delivered),
      row("failed_total", "counter", "Deliveries that the target did not take; they are tried again.", failed),
      row("given_up_total", "counter", "Events that nobody took in time, or that were too many.", givenUp),
    ];
  });
}
