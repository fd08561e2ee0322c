import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { Agent } from 'undici';

/** What is not the public internet: this machine, private networks, the metadata services of clouds, and odd forms. */
const privateRanges = new BlockList();
for (const [address, prefix] of [
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
] as const) {
  privateRanges.addSubnet(address, prefix, 'ipv4');
}

/** Of version 6 only what was given to networks is public; of that, these ranges are not or can hold the others. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
const special = new BlockList();
for (const [address, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(address, prefix, 'ipv6');
}

/** True for an IP address that belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !privateRanges.check(address, 'ipv4');
  if (version !== 6) return false;
  return globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/**
 * Whether an address leads to the public internet as far as its text tells: http or https, and no private IP address
 * however it is written. What a name stands for is only known when it is called (`createPublicAgent`).
 */
export function looksPublic(address: string): boolean {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return false;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? host !== '' && !/(^|\.)(localhost|local|internal)\.?$/i.test(host) : isPublicAddress(host);
}

/**
 * An agent that connects to the public internet only. The address that was checked is the one that is connected to, so
 * that a name which answers differently the second time gains nothing.
 */
export function createPublicAgent(): Agent {
  return new Agent({
    connect: {
      lookup(hostname, options, callback) {
        lookup(hostname, { ...options, all: true }, (error, addresses) => {
          if (error) return callback(error, '', 4);
          const [first] = addresses;
          const isSafe = first !== undefined && addresses.every(({ address }) => isPublicAddress(address));
          if (!isSafe) return callback(new PrivateTarget(hostname), '', 4);
          return options.all
            ? (callback as (error: null, addresses: LookupAddress[]) => void)(null, addresses)
            : callback(null, first.address, first.family);
        });
      },
    },
  });
}

/** The refusal to connect to an address that is not public. */
export class PrivateTarget extends Error {
  override readonly name = 'PrivateTarget';

  constructor(host: string) {
    super(
      `${host} is not an address of the public internet. Set WEBHOOK_ALLOW_PRIVATE_NETWORK=true to let this gateway call addresses of your own network.`,
    );
  }
}
