import Bowser from 'bowser';
import type { FastifyRequest } from 'fastify';

/** What a browser reports of itself. It can say anything, so it is called reported wherever it is shown. */
export interface ReportedDevice {
  readonly type: 'desktop' | 'mobile' | 'tablet' | 'unknown';
  readonly browser: string | undefined;
  readonly system: string | undefined;
}

/** Kept sealed, as it came. */
export interface RawDevice {
  readonly userAgent: string;
  readonly hints: string;
}

const maxText = 300;
const hintHeaders = ['sec-ch-ua', 'sec-ch-ua-platform', 'sec-ch-ua-mobile'];

export function rawDevice(request: FastifyRequest): RawDevice {
  const hints = hintHeaders.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [`${name}: ${value}`] : [];
  });
  return {
    userAgent: (request.headers['user-agent'] ?? '').slice(0, maxText),
    hints: hints.join('; ').slice(0, maxText),
  };
}

/** Names as the parser knows them; they come from its own list, not from the header. */
const known = /^[A-Za-z][A-Za-z0-9 .+-]{0,30}$/;
const named = (name: string | undefined) => (name !== undefined && known.test(name) ? name : undefined);

/** @param userAgent as it came. An iPad that asks for desktop pages says that it is a Mac. */
export function reportedDevice(userAgent: string): ReportedDevice {
  if (userAgent === '') return { type: 'unknown', browser: undefined, system: undefined };
  const { browser, os, platform } = Bowser.parse(userAgent);
  const type = platform.type;
  return {
    type: type === 'desktop' || type === 'mobile' || type === 'tablet' ? type : 'unknown',
    browser: named(browser.name),
    system: named(os.name),
  };
}
