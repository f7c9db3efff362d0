/** A customer's export in the browser: records as lines, with the content of the files, in one ZIP file. */
import {
  createObhut,
  type ExportedFile,
  type ExportLine,
  exportedFilePath,
  isExportedFile,
  ObhutError,
} from '@obhut/client';
import { downloadZip } from 'client-zip';
import { api } from './api/http.ts';
import { save } from './save.ts';

export interface Exported {
  readonly people: number;
  readonly records: number;
  readonly files: number;
}

const purpose = 'portability';

/**
 * Fetches all data of a customer by a token of an hour and hands it over as a file.
 * @throws where it does not arrive whole: then nothing is handed over.
 */
export async function exportEverything(customerId: string): Promise<Exported> {
  const { token } = await api.post<{ token: string }>(`/v1/customers/${customerId}/export-token`, {});
  const customer = createObhut({
    url: window.location.origin,
    token,
    language: document.documentElement.lang === 'de' ? 'de' : 'en',
    // The token is who asks; the session in the cookie is not.
    fetch: (url, init) => fetch(url, { ...init, credentials: 'omit' }),
  }).customer(customerId);
  const lines: string[] = [];
  const listed: ExportedFile[] = [];
  let end: Extract<ExportLine, { readonly done: true }> | undefined;
  for await (const line of customer.export({ purpose })) {
    lines.push(`${JSON.stringify(line)}\n`);
    if (isExportedFile(line)) listed.push(line);
    if ('done' in line) end = line;
  }
  let files = 0;
  async function* entries() {
    const lastModified = new Date();
    yield { name: 'export.ndjson', input: new Blob(lines), lastModified };
    for (const line of listed) {
      const opened = await customer
        .person(line.person)
        .file(line.file)
        .get({ purpose })
        .catch((error: unknown) => {
          // Erased since it was listed.
          if (error instanceof ObhutError && error.code === 'not_found') return undefined;
          throw error;
        });
      if (opened === undefined) continue;
      files += 1;
      yield { name: exportedFilePath(line), input: opened.body, lastModified };
    }
  }
  save('obhut-export.zip', await downloadZip(entries()).blob(), 'application/zip');
  return { people: end?.people ?? 0, records: end?.records ?? 0, files };
}
