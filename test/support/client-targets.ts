/** Our own client's three ways to a server of the tests, for the account that the doors act for. */
import { hcpCredentials, type ServiceName, type Target } from "../../src/client/library.ts";
import { lgreenKey, tenantHost } from "./doors.ts";

/** Short delays: what is tested is that it waits, not how long. */
const retry = { firstDelayMs: 5, delayMsMax: 50 };

export function targetOf(service: ServiceName, port: number, more: Partial<Target> = {}): Target {
  if (service === "hcp") {
    return { service, endpoint: `http://${tenantHost}`, connectTo: { host: "127.0.0.1", port }, credentials: hcpCredentials("lgreen", "p4ssw0rd"), retry, ...more };
  }
  return { service, endpoint: `http://127.0.0.1:${port}`, credentials: lgreenKey, retry, ...(service === "oss" ? { region: "cn-hangzhou" } : {}), ...more };
}
