import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, isAbsolute, resolve } from 'node:path';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { environmentNames, type Settings, type SiteSettings, settingsSchema } from './settings.ts';
import { StartError } from './start-error.ts';

type Tree = { [key: string]: unknown };

function put(tree: Tree, path: readonly string[], value: string): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    tree[head] = value;
    return;
  }
  const child = tree[head];
  const next: Tree = typeof child === 'object' && child !== null ? (child as Tree) : {};
  tree[head] = next;
  put(next, rest, value);
}

function readYaml(file: string, required: boolean): Tree {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new StartError('setting_invalid', `${file} cannot be read.`, 'Check the path in OBHUT_CONFIG.');
  }
  try {
    const tree: unknown = parse(text) ?? {};
    if (typeof tree !== 'object' || Array.isArray(tree)) throw new Error('not a mapping');
    return tree as Tree;
  } catch {
    throw new StartError('setting_invalid', `${file} is not valid YAML.`, 'Compare it with docs/settings.md.');
  }
}

/**
 * Reads `obhut.yaml` (or the file that `OBHUT_CONFIG` names) and the environment, fills in the defaults and checks
 * every value against the one schema.
 * @throws StartError naming the setting that is wrong; never its value, which may be a password.
 */
export function loadSettings(environment: NodeJS.ProcessEnv, folder: string): Settings {
  const named = environment.OBHUT_CONFIG;
  const file = resolve(folder, named ?? 'obhut.yaml');
  const tree = readYaml(file, named !== undefined);
  for (const [variable, path] of Object.entries(environmentNames)) {
    const value = environment[variable];
    if (value !== undefined && value !== '') put(tree, path, value);
  }
  const converted = Value.Convert(settingsSchema, Value.Default(settingsSchema, tree));
  if (!Value.Check(settingsSchema, converted)) throw invalidSetting(converted);
  const settings = withAbsolutePaths(converted, folder, dirname(file));
  checkTogether(settings);
  return settings;
}

function invalidSetting(tree: unknown): StartError {
  const [first] = Value.Errors(settingsSchema, tree);
  const setting = first?.instancePath.split('/').filter(Boolean).join('.') || 'the settings';
  const variable = Object.entries(environmentNames).find(([, names]) => names.join('.') === setting)?.[0];
  // An unknown setting comes as a property whose schema is `false`.
  const reason = first?.keyword === 'boolean' ? 'is not a setting' : (first?.message ?? 'is not valid');
  return new StartError(
    'setting_invalid',
    `${setting}${variable === undefined ? '' : ` (${variable})`}: ${reason}.`,
    'docs/settings.md lists every setting; `obhut config check` checks them.',
  );
}

function withAbsolutePaths(settings: Settings, folder: string, fileFolder: string): Settings {
  const fromFile = (path: string) => (isAbsolute(path) ? path : resolve(fileFolder, path));
  return {
    ...settings,
    data: resolve(folder, settings.data),
    ...(settings.sites && {
      sites: settings.sites.map(({ path, s3, ...site }) => ({
        ...site,
        ...(path !== undefined && { path: fromFile(path) }),
        ...(s3 !== undefined && {
          s3: {
            ...s3,
            ...(s3.credentialsFile !== undefined && { credentialsFile: fromFile(s3.credentialsFile) }),
          },
        }),
      })),
    }),
    ...(settings.page?.logo !== undefined && { page: { ...settings.page, logo: fromFile(settings.page.logo) } }),
    ...(settings.policies !== undefined && { policies: fromFile(settings.policies) }),
    ...(settings.mail?.passwordFile !== undefined && {
      mail: { ...settings.mail, passwordFile: fromFile(settings.mail.passwordFile) },
    }),
    ...(settings.alerts.routes && {
      alerts: {
        ...settings.alerts,
        routes: settings.alerts.routes.map((route) => ({
          ...route,
          ...(route.secretFile !== undefined && { secretFile: fromFile(route.secretFile) }),
        })),
      },
    }),
    ...(settings.passwordLeaks?.file !== undefined && {
      passwordLeaks: { file: fromFile(settings.passwordLeaks.file) },
    }),
    sourceCode: {
      ...settings.sourceCode,
      repositories: settings.sourceCode.repositories.map(({ credentials, sshKey, ...repository }) => ({
        ...repository,
        ...(credentials !== undefined && { credentials: fromFile(credentials) }),
        ...(sshKey !== undefined && { sshKey: fromFile(sshKey) }),
      })),
    },
    ...(settings.tls && { tls: { cert: fromFile(settings.tls.cert), key: fromFile(settings.tls.key) } }),
  };
}

/** Whether an address to listen on is this machine's own loopback. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function checkTogether(settings: Settings): void {
  if (!isLoopback(settings.host) && settings.tls === undefined && settings.trustedProxies.length === 0)
    throw new StartError(
      'plain_http_refused',
      `host is ${settings.host}, but there is neither tls nor trustedProxies: personal data would travel in plain HTTP.`,
      'Set tls.cert and tls.key, or put a reverse proxy in front and name it in trustedProxies (docs/reverse-proxy.md).',
    );
  if (settings.url?.startsWith('https:') === true && settings.tls === undefined && settings.trustedProxies.length === 0)
    throw new StartError(
      'setting_invalid',
      `url is ${settings.url}, but there is neither tls nor trustedProxies: every caller would seem to be the proxy.`,
      'Name the proxy that ends TLS in trustedProxies, or set tls.cert and tls.key (docs/reverse-proxy.md).',
    );
  checkAlarmRoutes(settings);
  const names = new Set<string>();
  for (const site of settings.sites ?? []) {
    if (names.has(site.name))
      throw new StartError('setting_invalid', `sites: ${site.name} is named twice.`, 'Give each site its own name.');
    names.add(site.name);
    checkKind(site);
    if (!settings.allowedCountries.includes(site.country))
      throw new StartError(
        'country_refused',
        `sites: ${site.name} is in ${site.country}, which is not in allowedCountries (${settings.allowedCountries.join(', ')}).`,
        'Move the site, or change allowedCountries: it is a promise on your page.',
      );
  }
  const forObjects = settings.sites?.filter(({ purposes }) => purposes.includes('objects')).length ?? 1;
  if ((settings.objects.quorum ?? 1) > forObjects)
    throw new StartError(
      'setting_invalid',
      `objects.quorum is ${settings.objects.quorum}, but ${forObjects} of the sites ${forObjects === 1 ? 'has' : 'have'} the purpose objects.`,
      'Lower it, or add the purpose to more sites; without it all of them are needed.',
    );
  const repositories = settings.sourceCode.repositories.map(({ name }) => name);
  const twice = repositories.find((name, i) => repositories.indexOf(name) !== i);
  if (twice !== undefined)
    throw new StartError(
      'setting_invalid',
      `sourceCode.repositories: ${twice} is named twice.`,
      'Give each repository its own name.',
    );
  if (repositories.length > 0 && settings.sites?.every((site) => !site.purposes.includes('backups')))
    throw new StartError(
      'setting_invalid',
      'sourceCode.repositories are named, but no site has the purpose backups.',
      'Add it to a site, better to two.',
    );
  for (const purpose of ['objects', 'safe', 'ledger', 'heads'] as const)
    if (settings.sites !== undefined && !settings.sites.some((site) => site.purposes.includes(purpose)))
      throw new StartError('setting_invalid', `sites: none has the purpose ${purpose}.`, 'Add it to a site.');
}

/** A site is a folder or a bucket; a bucket keeps only what is sealed and never has to be appended to or destroyed for good. */
function checkKind({ name, path, s3, purposes }: SiteSettings): void {
  const refuse = (what: string, hint: string) => new StartError('setting_invalid', `sites: ${name}${what}`, hint);
  if ((path === undefined) === (s3 === undefined))
    throw refuse(': it needs path or s3, one of them.', 'A folder has path, a bucket has s3 (docs/sites.md).');
  if (s3 === undefined) return;
  const other = purposes.find((purpose) => purpose !== 'objects' && purpose !== 'backups');
  if (other !== undefined)
    throw refuse(
      `, purposes: a bucket cannot have the purpose ${other}.`,
      'Only objects and backups; give it to a folder.',
    );
  if ((s3.credentialsFile === undefined) === (s3.credentialsEnv === undefined))
    throw refuse(', s3: it needs credentialsFile or credentialsEnv, one of them.', 'docs/sites.md shows both ways.');
  if (s3.endpoint?.startsWith('http:') === true && !isLoopback(new URL(s3.endpoint).hostname))
    throw refuse(', s3.endpoint: plain HTTP goes only to this machine.', 'Begin it with https://.');
}

/** What a route of each kind cannot do without. */
const routeNeeds = { team: [], mail: ['to'], webhook: ['url', 'secretFile'], command: ['command'] } as const;

function checkAlarmRoutes({ alerts, mail }: Settings): void {
  const names = new Set<string>();
  for (const route of alerts.routes ?? []) {
    const refuse = (what: string, hint: string) =>
      new StartError('setting_invalid', `alerts.routes: ${route.name} ${what}.`, hint);
    if (names.has(route.name)) throw refuse('is named twice', 'Give each route its own name.');
    names.add(route.name);
    for (const need of routeNeeds[route.kind])
      if (route[need] === undefined) throw refuse(`has no ${need}`, `A route of the kind ${route.kind} needs it.`);
    if ((route.kind === 'mail' || route.kind === 'team') && mail === undefined)
      throw refuse('needs a mail server', 'Set mail (docs/mail.md), or choose webhook or command.');
    if (route.command !== undefined && !isAbsolute(route.command[0] ?? ''))
      throw refuse('names its program by no absolute path', 'Begin it with /: it is run without a shell and its PATH.');
  }
}
