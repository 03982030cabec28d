import { BlockList, isIP } from 'node:net';

/**
 * The ranges that are not routed on the internet: https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const privateRanges = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  privateRanges.addSubnet(network, prefix);
}
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  privateRanges.addSubnet(network, prefix, 'ipv6');
}

/** The names that no public name server knows: https://www.iana.org/assignments/special-use-domain-names */
const PRIVATE_NAMES = /(?:^|\.)(?:localhost|local|internal|home\.arpa|lan|test|invalid)$/u;

const withoutBrackets = (hostname: string): string => hostname.replace(/^\[|\]$/gu, '');

/** Whether a host can be reached only from this machine or its network. `hostname` has the form of `URL.hostname`. */
export function isPrivateHost(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  const version = isIP(host);
  if (version !== 0) return privateRanges.check(host, version === 4 ? 'ipv4' : 'ipv6');
  return PRIVATE_NAMES.test(host) || !host.includes('.');
}

/** Whether a host is an IP address and not a name. `hostname` has the form of `URL.hostname`. */
export const isAddress = (hostname: string): boolean => isIP(withoutBrackets(hostname)) !== 0;

/** Parses the address of a web server; null for anything else, and for an address with a user or password. */
export function readWebAddress(text: string): URL | null {
  const url = URL.parse(text.trim());
  const isWeb = url !== null && /^https?:$/u.test(url.protocol) && url.username === '' && url.password === '';
  return isWeb ? url : null;
}
