/** HTTP against a server in this process, as a service would call it. */
import type { HttpServer } from '../platform/http/server.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

export interface CallOptions {
  /** An object is sent as JSON; text and bytes as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another token than the helper's own; `null`: none. */
  readonly token?: string | null;
  /** `service` when absent; `null`: none. */
  readonly purpose?: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON. @throws SyntaxError when it is none. */
  json<Body = Record<string, unknown>>(): Body;
  /** The body as lines of JSON. */
  lines<Line = Record<string, unknown>>(): Line[];
}

export interface Http {
  call(method: Method, url: string, options?: CallOptions): Promise<Answer>;
  get(url: string, options?: CallOptions): Promise<Answer>;
  put(url: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  post(url: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  delete(url: string, options?: CallOptions): Promise<Answer>;
}

function payloadOf(body: unknown): { readonly payload?: string | Buffer; readonly type?: string } {
  if (body === undefined) return {};
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { payload: body, type: 'application/octet-stream' };
  return { payload: JSON.stringify(body), type: 'application/json' };
}

export function createHttp(server: () => HttpServer, ownToken: string): Http {
  async function call(method: Method, url: string, options: CallOptions = {}): Promise<Answer> {
    const { token = ownToken, purpose = 'service', headers = {} } = options;
    const { payload, type } = payloadOf(options.body);
    const response = await server().inject({
      method,
      url,
      headers: {
        ...(type !== undefined && { 'content-type': type }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(purpose !== null && { 'obhut-purpose': purpose }),
        ...headers,
      },
      ...(payload !== undefined && { payload }),
    });
    const text = response.body;
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string | undefined>,
      bytes: response.rawPayload,
      text,
      json: <Body>() => JSON.parse(text) as Body,
      lines: <Line>() =>
        text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Line),
    };
  }
  return {
    call,
    get: (url, options) => call('GET', url, options),
    put: (url, body, options) => call('PUT', url, { ...options, body }),
    post: (url, body, options) => call('POST', url, { ...options, body }),
    delete: (url, options) => call('DELETE', url, options),
  };
}
