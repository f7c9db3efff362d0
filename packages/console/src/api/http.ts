/** The one way to the server: problems become errors with a code, and a missing session or factor is asked for. */

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** A sentence for a person, in the language that was asked for. */
  readonly title: string;
  readonly field: string | undefined;
  readonly reason: string | undefined;
  constructor(status: number, body: { code?: string; title?: string; field?: string; reason?: string }) {
    super(body.code ?? String(status));
    this.status = status;
    this.code = body.code ?? 'unavailable';
    this.title = body.title ?? '';
    this.field = body.field;
    this.reason = body.reason;
  }
}

/** Asks for a strong factor; resolves when it was given. Set by the dialog that asks. */
let askForFactor: (() => Promise<void>) | undefined;
export function setStepUp(ask: typeof askForFactor): void {
  askForFactor = ask;
}

/** Where somebody is sent who is not signed in. Set by the router. */
let onUnauthorized: (() => void) | undefined;
export function setUnauthorized(handle: () => void): void {
  onUnauthorized = handle;
}

/** Where somebody is sent whose password turned up in a leak. Set by the router. */
let onPasswordLeaked: (() => void) | undefined;
export function setPasswordLeaked(handle: () => void): void {
  onPasswordLeaked = handle;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

async function once(method: Method, path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        'accept-language': document.documentElement.lang,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, { code: 'unreachable' });
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => ({}));
  return new ApiError(response.status, body as Record<string, string>);
}

/** @throws ApiError */
export async function request(method: Method, path: string, body?: unknown): Promise<Response> {
  let response = await once(method, path, body);
  if (response.ok) return response;
  let problem = await problemOf(response);
  if (problem.code === 'fresh_factor_required' && askForFactor !== undefined) {
    await askForFactor();
    response = await once(method, path, body);
    if (response.ok) return response;
    problem = await problemOf(response);
  }
  if (problem.code === 'unauthorized') onUnauthorized?.();
  if (problem.code === 'password_leaked') onPasswordLeaked?.();
  throw problem;
}

async function json<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const response = await request(method, path, body);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

export const api = {
  get: <Answer>(path: string) => json<Answer>('GET', path),
  text: async (path: string) => (await request('GET', path)).text(),
  post: <Answer = void>(path: string, body?: unknown) => json<Answer>('POST', path, body),
  put: <Answer = void>(path: string, body?: unknown) => json<Answer>('PUT', path, body),
  delete: <Answer = void>(path: string) => json<Answer>('DELETE', path),
};
