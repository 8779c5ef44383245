import { lookup as lookupByName, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { isAllowedPrivate, isLoopbackAddress, isPublicAddress } from './address-range.ts';

/** All addresses of a name. Rejects as the resolver does. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

/** Where a request may go: an address that was looked at, and that cannot change before the connection is made. */
export interface HttpTarget {
  readonly url: URL;
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  /** Gives what was looked at, and asks nobody again. */
  readonly lookup: LookupFunction;
}

const lookupAll = promisify(lookupByName);

/** Asks the system's resolver, hosts file included. */
export const systemLookup: Lookup = host => lookupAll(host, { all: true });

/**
 * Whether we may send something to this address that somebody wrote into a setting: https to the public internet, and http or https to a
 * literal loopback address; `allowPrivate` names ranges of private networks to which https may go too. Everything else, above all a name for something inside the network or for the cloud's metadata, is
 * `undefined`. Rejects as `lookup` does.
 */
export async function checkTarget(address: string, lookup: Lookup, allowPrivate: readonly string[] = []): Promise<HttpTarget | undefined> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // Credentials in the address would be sent nowhere: better refused than silently dropped.
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  const secure = url.protocol === 'https:';
  const mayGo = (to: string): boolean => isPublicAddress(to) || isAllowedPrivate(to, allowPrivate);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    const allowed = isLoopbackAddress(host) || (secure && mayGo(host));
    return allowed ? { url, secure, host, lookup: pinnedTo([{ address: host, family: isIP(host) }]) } : undefined;
  }
  if (!secure) return undefined;
  const found = await lookup(host);
  // One private address among public ones is how a name is made to point inward at the second look.
  if (found.length === 0 || !found.every(each => mayGo(each.address))) return undefined;
  return { url, secure, host, lookup: pinnedTo(found) };
}

function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };
}
