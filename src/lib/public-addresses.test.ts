import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, parseIp } from "./addresses.ts";
import { isPublicAddress } from "./public-addresses.ts";

const isPublic = (text: string): boolean => isPublicAddress(parseIp(text) as IpAddress);

test("what is this machine's, this network's, reserved, an example, many at once, or a tunnel is not public", () => {
  const v4 =
    "0.0.0.0 10.255.0.1 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255";
  const v6 = ":: ::1 fe80::1 fc00::1 fd12:3456::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::a00:1 2001::1 2001:db8::1 2002:a00:1:: 3fff::1 ::10.0.0.1 4000::1";
  for (const text of `${v4} ${v6}`.split(" ")) assert.equal(isPublic(text), false, text);
});

test("everything else is", () => {
  for (const text of "1.1.1.1 8.8.8.8 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.20.0.1 223.255.255.255 2400:3200::1 2606:4700::1111 ::ffff:8.8.8.8".split(" "))
    assert.equal(isPublic(text), true, text);
});
