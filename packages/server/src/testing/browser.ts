/** A browser, as far as the server can tell: it keeps cookies and says from where a request comes. */
import type { HttpServer } from '../platform/http/server.ts';

export interface BrowserAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  json<Body = Record<string, unknown>>(): Body;
}

export interface BrowserOptions {
  readonly userAgent?: string;
  readonly remoteAddress?: string;
}

export interface Browser {
  readonly cookies: Map<string, string>;
  /** Changed by tests of abuse: what a foreign page would cause. */
  readonly headers: Record<string, string>;
  get(url: string): Promise<BrowserAnswer>;
  post(url: string, body?: unknown): Promise<BrowserAnswer>;
  put(url: string, body?: unknown): Promise<BrowserAnswer>;
  delete(url: string): Promise<BrowserAnswer>;
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

export function createBrowser(server: () => HttpServer, options: BrowserOptions = {}): Browser {
  const cookies = new Map<string, string>();
  const headers: Record<string, string> = {
    host: 'localhost',
    'user-agent': options.userAgent ?? firefox,
    'sec-fetch-site': 'same-origin',
    'accept-language': 'en',
  };

  async function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown): Promise<BrowserAnswer> {
    const response = await server().inject({
      method,
      url,
      headers: {
        ...headers,
        ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(method !== 'GET' && 'sec-fetch-site' in headers && { origin: 'http://localhost', ...headers }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(options.remoteAddress !== undefined && { remoteAddress: options.remoteAddress }),
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    for (const { name, value, maxAge } of response.cookies)
      if (maxAge === 0) cookies.delete(name);
      else cookies.set(name, value);
    return {
      status: response.statusCode,
      headers: response.headers,
      text: response.body,
      json: <Body>() => JSON.parse(response.body) as Body,
    };
  }
  return {
    cookies,
    headers,
    get: (url) => call('GET', url),
    post: (url, body) => call('POST', url, body),
    put: (url, body) => call('PUT', url, body),
    delete: (url) => call('DELETE', url),
  };
}
