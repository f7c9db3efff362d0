/** Why personal data is read. Nothing is released without a purpose. */
export interface Reading {
  /** A code of the catalogue (`obhut.purposes()`), such as `service`. */
  readonly purpose: string;
  /** A ticket or case number. It is sealed in the journal. */
  readonly reference?: string | undefined;
  /** For whom the product asks: its own user. It is sealed in the journal. */
  readonly onBehalfOf?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Headers hold ASCII only, so what people write is percent-encoded. */
const encoded = (text: string | undefined) => (text === undefined ? undefined : encodeURIComponent(text));

export function readingHeaders(reading: Reading | undefined): Record<string, string | undefined> {
  return {
    'Obhut-Purpose': encoded(reading?.purpose),
    'Obhut-Reference': encoded(reading?.reference),
    'Obhut-On-Behalf-Of': encoded(reading?.onBehalfOf),
  };
}

/** Where a list goes on, and how much of it is asked for at once. */
export interface Paging {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export const pageQuery = ({ after, limit }: Paging) => ({ after, limit });

/** The version of an `ETag: "3"`. `undefined` for any other tag. */
export function versionOf(etag: string | null): number | undefined {
  const [, digits] = /^(?:W\/)?"(\d{1,15})"$/.exec(etag ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}
