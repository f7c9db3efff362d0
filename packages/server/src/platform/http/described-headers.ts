/** What the API's description says of headers and of who may call: taken from each route's own configuration. */
interface Described {
  readonly method?: string | readonly string[];
  readonly config?: { readonly guard?: string; readonly releases?: boolean; readonly session?: string };
}

const text = (description: string) => ({ type: 'string', description });

const versions = {
  'if-match': text('the version in quotes that must be there, such as "3"'),
  'if-none-match': text('*: only where there is none yet'),
};
const exportedAt = {
  'obhut-exported-at': text(
    'when it is brought back: the time of the export it comes from; what was ordered away since is refused',
  ),
};
const why = {
  'obhut-reference': text('a ticket or the like, percent-encoded, at most 500 bytes; sealed in the journal'),
  'obhut-on-behalf-of': text("the product's own user, percent-encoded, at most 500 bytes; sealed in the journal"),
  'obhut-grant': text('the grant under which staff see the answer'),
};

/** @returns the schema with its headers and security, for the description alone: nothing is validated by it. */
export function described(schema: object | undefined, url: string, { method, config }: Described): object {
  const methods = [method ?? []].flat();
  const properties: Record<string, object> = {};
  const required: string[] = [];
  if (config?.releases === true) {
    properties['obhut-purpose'] = text('why: a code of the catalogue; without one 428 with the list');
    Object.assign(properties, why);
    required.push('obhut-purpose');
  }
  if (/\/(records\/:collection\/:record|files\/:file)$/.test(url) && !methods.includes('GET'))
    Object.assign(properties, versions);
  if (
    (methods.includes('POST') && /\/(people|import)$/.test(url)) ||
    (methods.includes('PUT') && url.endsWith('/files/:file'))
  )
    Object.assign(properties, exportedAt);
  if (methods.includes('POST') && /\/(customers|people|import)$/.test(url))
    properties['idempotency-key'] = text('a UUID: sent twice, it is done once');
  // Who signed in has a cookie and no token; what is public takes neither.
  const open = config?.guard === 'public' || config?.guard === 'none';
  return {
    ...schema,
    ...(Object.keys(properties).length > 0 && { headers: { type: 'object', properties, required } }),
    ...(open && { security: [] }),
  };
}
