import { ApiError, api } from './api/http.ts';
import { save } from './save.ts';

export interface Exported {
  readonly people: number;
  readonly records: number;
}

/**
 * Fetches all data of a customer by a token of an hour and hands it over as a file.
 * @returns what the export says of itself at its end; `undefined` where it did not arrive whole.
 */
export async function exportEverything(base: string): Promise<Exported | undefined> {
  const { token } = await api.post<{ token: string }>(`${base}/export-token`, {});
  const response = await fetch(`${base}/export`, {
    credentials: 'omit',
    headers: { authorization: `Bearer ${token}`, 'obhut-purpose': 'portability' },
  });
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, JSON.parse(text) as { code?: string });
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const { done, people, records } = JSON.parse(last) as { done?: boolean } & Exported;
  if (done !== true) return undefined;
  save('obhut-export.ndjson', text, 'application/x-ndjson');
  return { people, records };
}
