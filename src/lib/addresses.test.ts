import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type IpAddress, type IpRange, inRange, parseIp, parseIpRange } from "./addresses.ts";

const within = (address: string, range: string): boolean => inRange(parseIp(address) as IpAddress, parseIpRange(range) as IpRange);

describe("addresses", () => {
  it("lie in their ranges", () => {
    for (const [address, range] of [
      ["10.1.2.3", "10.0.0.0/8"],
      ["10.1.2.3", "10.1.2.3"],
      ["255.255.255.255", "0.0.0.0/0"],
      ["::ffff:10.1.2.3", "10.0.0.0/8"],
      ["2001:db8::1", "2001:db8::/32"],
      ["::1", "::/0"],
    ] as const)
      assert.ok(within(address, range), `${address} ${range}`);
    for (const [address, range] of [
      ["11.0.0.0", "10.0.0.0/8"],
      ["10.1.2.3", "10.1.2.2"],
      ["10.1.2.3", "::/0"],
      ["2001:db9::1", "2001:db8::/32"],
    ] as const)
      assert.ok(!within(address, range), `${address} ${range}`);
  });
  it("are refused when they are none", () => {
    for (const text of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "01.2.3.4",
      "1.2.3.4/33",
      "1.2.3.4/",
      "1.2.3.4/-1",
      "::1::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "g::",
      "::/129",
      "a",
    ])
      assert.equal(parseIpRange(text), undefined, text);
  });
});
