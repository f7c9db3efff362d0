import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/**
 * The caller's address in one form: an IPv4 address inside IPv6 is that IPv4 address. Only trusted proxies are believed
 * when they name another (the HTTP server sees to that), so no header of a caller changes it.
 */
export function clientAddress(request: FastifyRequest): string {
  return ipaddr.isValid(request.ip) ? ipaddr.process(request.ip).toString() : 'unknown';
}

/** What counts as one caller: an IPv4 address, or the /64 of an IPv6 one, whose owner has all addresses of it. */
export function clientNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed}/64`)}/64`;
}
