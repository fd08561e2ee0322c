import { BlockList, isIP } from 'node:net';
import { type ApiError, authError } from '../../http/api-error.ts';
import { refuseKey } from './key-rules.ts';

const mostAddresses = 100;

/**
 * Reads the addresses that may use a key.
 * @throws ApiError 400 for what is neither an address nor a range, and for a list that is too long.
 */
export function readAllowedAddresses(addresses: readonly string[] | null | undefined): string[] {
  const trimmed = (addresses ?? []).map((address) => address.trim());
  if (trimmed.length > mostAddresses) {
    throw refuseKey(400, `allowed_ips can hold at most ${mostAddresses} entries. Write ranges such as 10.0.0.0/8.`);
  }
  for (const address of trimmed) {
    if (!parseRange(address)) {
      throw refuseKey(
        400,
        `allowed_ips holds '${address.slice(0, 60)}', which is neither an address nor a range. Write entries such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32.`,
      );
    }
  }
  return trimmed;
}

/** Lists that were compiled before; a key's list stays the same object as long as its record is kept. */
const compiled = new WeakMap<readonly string[], BlockList>();

/**
 * Refuses a caller whose address the key does not list. An empty list allows every address.
 * @param address of the client, as the gateway knows it.
 * @throws ApiError 403 in the contract's words.
 */
export function checkAllowedAddress(allowed: readonly string[], address: string): void {
  if (allowed.length === 0) return;
  let list = compiled.get(allowed);
  if (!list) {
    list = new BlockList();
    for (const entry of allowed) {
      const range = parseRange(entry);
      if (range) list.addSubnet(range.address, range.prefix, range.family);
    }
    compiled.set(allowed, list);
  }
  const plain = address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
  const version = isIP(plain);
  if (version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6')) return;
  throw addressNotAllowed(plain);
}

function parseRange(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | null {
  const [address = '', prefixText, ...rest] = text.split('/');
  const version = isIP(address);
  // A zone such as fe80::1%eth0 names an interface of one machine and cannot be compared.
  if (version === 0 || rest.length > 0 || address.includes('%')) return null;
  const bits = version === 4 ? 32 : 128;
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return null;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  return prefix > bits ? null : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

function addressNotAllowed(address: string): ApiError {
  return authError(
    403,
    `Authentication Error, Access forbidden: IP address not allowed. This request came from ${address || 'an unknown address'}, which the key's allowed_ips do not list.`,
  );
}
