import { backoffMs, pause, retryAfterMs } from './backoff.ts';
import { errorOf, type Language, ObhutError, ownError } from './error.ts';

/** What a request may carry. A stream can be sent once only. */
export type Body = string | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** From `/v1/`, with its segments encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: Body | undefined;
  /** Whether sending it twice does no more than sending it once. By default all but POST. */
  readonly repeatable?: boolean | undefined;
  /**
   * Answers that after a lost one may come from our own earlier attempt: a condition no longer holds, a thing is already
   * gone. They are reported as `outcome_unknown` then, because the caller would draw the wrong conclusion.
   */
  readonly unclearAfterLoss?: readonly number[] | undefined;
  /** How long to wait for the answer; `undefined`: without end (streams). */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Transport {
  readonly language: Language;
  readonly retries: number;
  /** The answer of a success, read as JSON. */
  json<Answer>(call: Call): Promise<Answer>;
  text(call: Call): Promise<string>;
  /** The answer of a success, with its body unread. */
  open(call: Call): Promise<Response>;
  /** Any of them, with a reader of its own; what the reader throws as a network error is retried with the call. */
  send<Answer>(call: Call, read: (response: Response) => Promise<Answer>): Promise<Answer>;
  /** Waits before the attempt after so many failures. @returns `false` when it is not worth it. */
  wait(failures: number, signal?: AbortSignal): Promise<boolean>;
}

export interface TransportOptions {
  /** Where Obhut answers, such as `https://obhut.example`. */
  readonly url: string;
  /** A token's text. It is sent in one header and never shown. */
  readonly token: string;
  /** By default the runtime's own. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How often a request is repeated after it failed; by default 5 times. */
  readonly retries?: number | undefined;
  /** The language of the server's sentences; English by default. */
  readonly language?: Language | undefined;
  /** By default 30,000. */
  readonly timeoutMs?: number | undefined;
}

const tokenShape = /^obhut_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/;
const busy = new Set([429, 502, 503, 504]);

/** One failed attempt. `lost`: it may have done something all the same. */
interface Failure {
  readonly error: ObhutError;
  readonly temporary: boolean;
  readonly lost: boolean;
  readonly askedMs: number | undefined;
}

type Outcome<Answer> = { readonly answer: Answer } | { readonly failure: Failure };

/** @throws TypeError for a URL or token that can be none. */
export function createTransport(options: TransportOptions): Transport {
  const { language = 'en', retries = 5, timeoutMs: defaultTimeoutMs = 30_000 } = options;
  const base = new URL(options.url);
  if (base.protocol !== 'http:' && base.protocol !== 'https:') throw new TypeError('the url is not http or https');
  // The text is not repeated: a wrong token is often a right one of something else.
  if (!tokenShape.test(options.token)) throw new TypeError('this is no token of Obhut: obhut_…_…');
  const root = base.href.replace(/\/+$/, '');
  // `fetch` must be called on the global object in browsers.
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));

  async function attempt<Answer>(call: Call, read: (response: Response) => Promise<Answer>): Promise<Outcome<Answer>> {
    const timeout = new AbortController();
    const timeoutMs = 'timeoutMs' in call ? call.timeoutMs : defaultTimeoutMs;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => timeout.abort(), timeoutMs);
    try {
      const response = await fetch(`${root}${call.path}`, {
        method: call.method,
        headers: headersOf(call, options.token, language),
        signal: call.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, call.signal]),
        // Obhut never redirects, and neither a token nor data goes where somebody else points.
        redirect: 'error',
        credentials: 'omit',
        cache: 'no-store',
        ...(call.body !== undefined && { body: call.body }),
        ...(call.body instanceof ReadableStream && { duplex: 'half' }),
      });
      if (response.ok) return { answer: await read(response) };
      const error = await errorOf(response, language);
      const lost = error.code === 'outcome_unknown' || response.status === 502 || response.status === 504;
      const askedMs = retryAfterMs(response.headers.get('Retry-After'), Date.now());
      return { failure: { error, temporary: busy.has(response.status), lost, askedMs } };
    } catch (cause) {
      call.signal?.throwIfAborted();
      if (cause instanceof ObhutError) throw cause;
      const error = ownError('unreachable', language, { cause });
      return { failure: { error, temporary: true, lost: true, askedMs: undefined } };
    } finally {
      clearTimeout(timer);
    }
  }

  async function send<Answer>(call: Call, read: (response: Response) => Promise<Answer>): Promise<Answer> {
    const { repeatable = call.method !== 'POST' } = call;
    let lost = false;
    for (let failures = 0; ; ) {
      const outcome = await attempt(call, read);
      if ('answer' in outcome) return outcome.answer;
      const { error, temporary, askedMs } = outcome.failure;
      if (lost && call.unclearAfterLoss?.includes(error.status) === true) {
        throw ownError('outcome_unknown', language, { reason: error.reason, cause: error });
      }
      lost ||= outcome.failure.lost;
      failures += 1;
      // Refused for its rate, a request was not looked at: that one may always come again.
      const again = temporary && (repeatable || error.status === 429) && !(call.body instanceof ReadableStream);
      const waitMs = again && failures <= retries ? backoffMs(failures, askedMs, Math.random) : undefined;
      if (waitMs === undefined) throw error;
      await pause(waitMs, call.signal);
    }
  }

  return {
    language,
    retries,
    send,
    json: (call) => send(call, (response) => jsonOf(response, language)),
    text: (call) => send(call, (response) => response.text()),
    open: (call) => send(call, async (response) => response),
    async wait(failures, signal) {
      const waitMs = failures <= retries ? backoffMs(failures, undefined, Math.random) : undefined;
      if (waitMs === undefined) return false;
      await pause(waitMs, signal);
      return true;
    },
  };
}

function headersOf(call: Call, token: string, language: Language): Record<string, string> {
  const own = Object.entries(call.headers ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const type = typeof call.body === 'string' ? { 'Content-Type': 'application/json' } : {};
  return {
    Accept: 'application/json, application/x-ndjson, */*',
    'Accept-Language': language,
    ...type,
    ...Object.fromEntries(own),
    Authorization: `Bearer ${token}`,
  };
}

/** The types are the server's promise: it validates its own answers by the same schemas. */
export async function jsonOf<Answer>(response: Response, language: Language): Promise<Answer> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer;
  } catch (cause) {
    throw ownError('answer_invalid', language, { cause });
  }
}

/** A path of encoded segments, and a query of what is defined. */
export function pathOf(
  segments: readonly (string | number)[],
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const defined = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]]));
  const search = new URLSearchParams(defined).toString();
  return `/v1/${segments.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}
