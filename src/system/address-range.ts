import { BlockList, isIP, isIPv4 } from 'node:net';

/** Special-purpose ranges of IPv4 (RFC 6890): this network, private, shared, loopback, link-local, documentation, benchmarks, multicast, reserved. */
const NOT_PUBLIC_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Inside 2000::/3, yet not somebody's public address: protocol assignments with Teredo, documentation, 6to4 (which hides an IPv4 address). */
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Networks of an organisation's own: private, shared by a provider, local IPv6. Link-local, where clouds keep their metadata, is none. */
const PRIVATE_4: readonly (readonly [string, number])[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
];

const private4 = listOf(PRIVATE_4, 'ipv4');
const private6 = listOf([['fc00::', 7]], 'ipv6');
const refused4 = listOf(NOT_PUBLIC_4, 'ipv4');
const refused6 = listOf(NOT_PUBLIC_6, 'ipv6');
const global6 = listOf([['2000::', 3]], 'ipv6');
const mapped6 = listOf([['::ffff:0:0', 96]], 'ipv6');
const translated6 = listOf([['64:ff9b::', 96]], 'ipv6');
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether this literal address (no name, no brackets) is somebody's on the public internet. Everything unknown is not. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (isIPv4(address)) return !refused4.check(address, 'ipv4');
  if (mapped6.check(address, 'ipv6') || translated6.check(address, 'ipv6')) return isPublicAddress(lastFourBytes(address));
  return global6.check(address, 'ipv6') && !refused6.check(address, 'ipv6');
}

/** Whether it is a literal loopback address: 127.0.0.0/8 or ::1. A name is not one, whatever it resolves to. */
export function isLoopbackAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  return loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** Whether this literal address is in a private network, and in one of these ranges (`10.2.0.0/16`). A range that is none holds nothing. */
export function isAllowedPrivate(address: string, ranges: readonly string[]): boolean {
  if (isIP(address) === 0) return false;
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  if (!(family === 'ipv4' ? private4 : private6).check(address, family)) return false;
  return ranges.some(range => {
    const [network = '', prefix = ''] = range.split('/');
    if (isIP(network) !== isIP(address) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 'ipv4' ? 32 : 128)) return false;
    return listOf([[network, Number(prefix)]], family).check(address, family);
  });
}

function listOf(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}

/** The IPv4 address at the end of an IPv6 one, written either way: `::ffff:10.0.0.1`, `::ffff:a00:1`. */
function lastFourBytes(address: string): string {
  const last = address.slice(address.lastIndexOf(':') + 1);
  if (isIPv4(last)) return last;
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const after = canonical.slice(canonical.indexOf('::') + 2).split(':');
  const [high = 0, low = 0] = [after.at(-2), after.at(-1)].map(group => (group === undefined ? 0 : Number.parseInt(group || '0', 16)));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
