/** Which IP addresses belong to somebody on the open internet. IANA's special-purpose address registries, RFC 6890. */
import { type IpAddress, type IpRange, inRange, parseIpRange } from "./addresses.ts";

const rangesOf = (...texts: string[]): IpRange[] => texts.map((text) => parseIpRange(text) as IpRange);

const special = rangesOf(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  // What tunnels to an IPv4 address, and examples.
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
);
/** Everything else of IPv6 is this machine, this link, this site, many at once, or another way to write an IPv4 address. */
const [globalUnicast] = rangesOf("2000::/3") as [IpRange];

export const isPublicAddress = (address: IpAddress): boolean => (address.bits === 32 || inRange(address, globalUnicast)) && !special.some((range) => inRange(address, range));
