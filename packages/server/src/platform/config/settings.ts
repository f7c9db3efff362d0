import { type Static, Type } from 'typebox';

const sitePurposes = ['objects', 'safe', 'ledger', 'heads', 'backups'] as const;

const country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2, upper case' });

const s3Schema = Type.Object(
  {
    endpoint: Type.Optional(
      Type.String({ pattern: '^https?://[^\\s/@]+/?$', description: "without it Amazon's of the region" }),
    ),
    bucket: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' }),
    prefix: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?$', maxLength: 200, description: 'folder in it' }),
    ),
    region: Type.String({ default: 'eu-central-1', pattern: '^[a-z0-9-]{2,40}$' }),
    pathStyle: Type.Boolean({ default: false, description: 'the bucket in the path instead of the host name' }),
    credentialsFile: Type.Optional(Type.String({ description: 'as an AWS credentials file, mode 0600' })),
    credentialsEnv: Type.Optional(
      Type.String({
        pattern: '^[A-Z][A-Z0-9_]{0,60}$',
        description: 'X: the variables X_ACCESS_KEY_ID and X_SECRET_ACCESS_KEY',
      }),
    ),
  },
  { additionalProperties: false, description: 'a bucket instead of a folder; for objects and backups only' },
);

export const siteSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$', description: 'short name, shown on the page' }),
    path: Type.Optional(Type.String({ minLength: 1, description: 'folder of this site' })),
    s3: Type.Optional(s3Schema),
    country,
    street: Type.Optional(Type.String({ maxLength: 200 })),
    purposes: Type.Array(Type.Enum([...sitePurposes]), { minItems: 1, uniqueItems: true }),
  },
  { additionalProperties: false },
);

const alarmRouteSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,30}$',
      description: 'short name, shown in alarms about the route',
    }),
    kind: Type.Enum(['team', 'mail', 'webhook', 'command']),
    severities: Type.Array(Type.Enum(['info', 'warning', 'critical']), {
      default: ['warning', 'critical'],
      minItems: 1,
      uniqueItems: true,
    }),
    to: Type.Optional(
      Type.Array(Type.String({ pattern: '^[^@\\s<>"]+@[^@\\s<>"]+$' }), {
        minItems: 1,
        maxItems: 20,
        description: 'mail: addresses',
      }),
    ),
    url: Type.Optional(Type.String({ pattern: '^https?://[^\\s@]+$', description: 'webhook: its address' })),
    secretFile: Type.Optional(Type.String({ description: 'webhook: file with the secret that signs, whsec_…' })),
    command: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), {
        minItems: 1,
        maxItems: 50,
        description: 'command: a program by its absolute path, and its arguments',
      }),
    ),
    timeoutSeconds: Type.Integer({ default: 30, minimum: 1, maximum: 300, description: 'command: it is ended then' }),
  },
  { additionalProperties: false },
);

const repeatMinutes = (fallback: number) => Type.Integer({ default: fallback, minimum: 1, maximum: 10_080 });

/** Every setting, once: `obhut.yaml`, the environment and `obhut config check` read this. */
export const settingsSchema = Type.Object(
  {
    data: Type.String({ default: './data', description: 'folder for everything that this installation keeps' }),
    host: Type.String({ default: '127.0.0.1', description: 'address to listen on' }),
    port: Type.Integer({ default: 8420, minimum: 0, maximum: 65_535 }),
    metricsPort: Type.Integer({ default: 9420, minimum: 0, maximum: 65_535, description: 'Prometheus, loopback only' }),
    url: Type.Optional(Type.String({ pattern: '^https?://', description: 'how others reach this installation' })),
    operator: Type.Optional(Type.String({ maxLength: 120, description: 'name of the operator, shown on the page' })),
    form: Type.Enum(['du', 'sie'], {
      default: 'du',
      description: 'how page, portal and mails address people in German',
    }),
    contact: Type.Optional(
      Type.Object(
        {
          email: Type.Optional(Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$' })),
          url: Type.Optional(Type.String({ pattern: '^https://' })),
        },
        { additionalProperties: false, minProperties: 1, description: 'for questions and reports, shown on the page' },
      ),
    ),
    page: Type.Optional(
      Type.Object(
        {
          logo: Type.Optional(Type.String({ description: 'PNG or SVG, 100 kB at the most' })),
          about: Type.Optional(
            Type.Object(
              { de: Type.String({ maxLength: 1_000 }), en: Type.String({ maxLength: 1_000 }) },
              { additionalProperties: false, description: 'a paragraph in own words, marked as such' },
            ),
          ),
          imprint: Type.Optional(Type.String({ pattern: '^https://' })),
          privacy: Type.Optional(Type.String({ pattern: '^https://' })),
        },
        { additionalProperties: false, description: "the operator's part of the security page" },
      ),
    ),
    mail: Type.Optional(
      Type.Object(
        {
          host: Type.String({ minLength: 1, description: 'SMTP server' }),
          port: Type.Integer({ minimum: 1, maximum: 65_535, default: 587 }),
          security: Type.Enum(['starttls', 'tls', 'none'], { default: 'starttls' }),
          user: Type.Optional(Type.String()),
          password: Type.Optional(Type.String({ description: 'better: passwordFile' })),
          passwordFile: Type.Optional(Type.String({ description: 'file that holds the password' })),
          from: Type.String({ pattern: '^[^\\r\\n]+@[^\\r\\n]+$', description: 'sender of all mails' }),
        },
        { additionalProperties: false },
      ),
    ),
    webhooks: Type.Object(
      {
        allowPrivate: Type.Boolean({
          default: false,
          description: 'let webhooks go to this machine and the network behind it',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    rightsLastDays: Type.Integer({
      default: 180,
      minimum: 7,
      maximum: 365,
      description: 'after how many days a role of the staff ends by itself',
    }),
    policies: Type.Optional(
      Type.String({ description: 'folder with own access rules (*.cedar), which can only forbid' }),
    ),
    passwordLeaks: Type.Optional(
      Type.Object(
        {
          file: Type.Optional(Type.String({ description: 'SHA-1 digests of leaked passwords, sorted, a line each' })),
          mirror: Type.Optional(
            Type.String({ pattern: '^https?://', description: 'a mirror in the house, asked by the first 5 digits' }),
          ),
        },
        { additionalProperties: false, minProperties: 1, maxProperties: 1 },
      ),
    ),
    database: Type.Object(
      {
        url: Type.Optional(Type.String({ pattern: '^postgres(ql)?://', description: 'for the app role' })),
        ownerUrl: Type.Optional(
          Type.String({ pattern: '^postgres(ql)?://', description: 'for migrations; default: the same as url' }),
        ),
        probeUrl: Type.Optional(
          Type.String({ pattern: '^postgres(ql)?://', description: 'for probes, which only read; default: as url' }),
        ),
        replicationUrl: Type.Optional(
          Type.String({ pattern: '^postgres(ql)?://', description: 'for physical backups; none: there are none' }),
        ),
        connections: Type.Integer({ default: 8, minimum: 2, maximum: 200 }),
        country: Type.Optional(
          Type.String({ pattern: '^[A-Z]{2}$', description: 'where its disks stand, for the page' }),
        ),
      },
      { additionalProperties: false, default: {} },
    ),
    tls: Type.Optional(
      Type.Object(
        { cert: Type.String(), key: Type.String() },
        { additionalProperties: false, description: 'PEM files' },
      ),
    ),
    trustedProxies: Type.Array(Type.String(), { default: [], description: 'addresses or CIDR ranges' }),
    rootKey: Type.Enum(['file', 'credential'], {
      default: 'file',
      description: 'file: data/keys/root.key; credential: systemd credential obhut-root-key',
    }),
    allowedCountries: Type.Array(country, { default: ['DE'], minItems: 1 }),
    sites: Type.Optional(Type.Array(siteSchema, { minItems: 1, maxItems: 16 })),
    objects: Type.Object(
      {
        quorum: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 16,
            description: 'at how many sites an upload has to be durable before it is acknowledged; default: at all',
          }),
        ),
      },
      { additionalProperties: false, default: {} },
    ),
    erasure: Type.Object(
      {
        coolingMinutes: Type.Integer({
          default: 60,
          minimum: 0,
          maximum: 480,
          description: 'how long an order of erasure can be taken back, where it says nothing else',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    recovery: Type.Object(
      {
        hour: Type.Integer({
          default: 2,
          minimum: 0,
          maximum: 23,
          description: 'when the nightly backup begins, in Europe/Berlin',
        }),
        keepDays: Type.Integer({ default: 14, minimum: 2, maximum: 35, description: 'how long backups are kept' }),
        keepAtLeast: Type.Integer({
          default: 3,
          minimum: 1,
          maximum: 35,
          description: 'newest good ones, however old',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    journal: Type.Object(
      {
        accessYears: Type.Integer({
          default: 3,
          minimum: 1,
          maximum: 30,
          description: 'how long entries of access logs and the operator log are kept',
        }),
        ordersYears: Type.Integer({
          default: 10,
          minimum: 1,
          maximum: 30,
          description: 'how long entries of orders logs and the page log are kept',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    sourceCode: Type.Object(
      {
        hour: Type.Integer({
          default: 2,
          minimum: 0,
          maximum: 23,
          description: 'from which hour of the night (Europe/Berlin) repositories are backed up',
        }),
        nights: Type.Integer({ default: 90, minimum: 7, maximum: 3_650, description: 'how many nights are kept' }),
        repositories: Type.Array(
          Type.Object(
            {
              name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,40}$', description: 'short name, shown on the page' }),
              url: Type.String({
                pattern: '^(https://[^\\s@/][^\\s@]*|ssh://([a-z_][a-z0-9_.-]*@)?[^\\s@/][^\\s@]*|file:///\\S+)$',
                description: 'https, ssh or file; without a password in it',
              }),
              credentials: Type.Optional(
                Type.String({ description: 'file in the form of git-credential-store, for https' }),
              ),
              sshKey: Type.Optional(
                Type.String({ description: 'private key, for ssh; host keys in the same name with .known_hosts' }),
              ),
            },
            { additionalProperties: false },
          ),
          { default: [], maxItems: 200 },
        ),
      },
      { additionalProperties: false, default: {} },
    ),
    alerts: Type.Object(
      {
        language: Type.Enum(['de', 'en'], { default: 'de', description: 'of alarms by mail, webhook and command' }),
        routes: Type.Optional(Type.Array(alarmRouteSchema, { maxItems: 10 })),
        repeatMinutes: Type.Object(
          { info: repeatMinutes(1_440), warning: repeatMinutes(240), critical: repeatMinutes(15) },
          {
            additionalProperties: false,
            default: {},
            description: 'how often an alarm comes again until somebody acknowledges it',
          },
        ),
        heartbeat: Type.Optional(
          Type.Object(
            {
              url: Type.String({ pattern: '^https?://', description: 'called while all is well' }),
              method: Type.Enum(['GET', 'POST'], { default: 'GET' }),
              everySeconds: Type.Integer({ default: 60, minimum: 10, maximum: 3_600 }),
            },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false, default: {} },
    ),
    keyCacheEntries: Type.Integer({ default: 150_000, minimum: 100, maximum: 10_000_000 }),
    limits: Type.Object(
      {
        recordBytes: Type.Integer({ default: 1_048_576, minimum: 1024, maximum: 16_777_216 }),
        fileBytes: Type.Integer({ default: 10_737_418_240, minimum: 1024 }),
        signInsPerNetwork: Type.Integer({
          default: 30,
          minimum: 1,
          maximum: 100_000,
          description: 'attempts to sign in within ten minutes, per IPv4 address or IPv6 /64',
        }),
        requestsPerSecond: Type.Integer({ default: 20_000, minimum: 1, description: 'default of a new token' }),
      },
      { additionalProperties: false, default: {} },
    ),
    log: Type.Enum(['info', 'warn', 'error', 'silent'], { default: 'warn' }),
  },
  { additionalProperties: false },
);

export type Settings = Static<typeof settingsSchema>;
export type SiteSettings = Static<typeof siteSchema>;
export type SitePurpose = (typeof sitePurposes)[number];

/** Environment variables and the setting that each one stands for. They win over `obhut.yaml`. */
export const environmentNames: Readonly<Record<string, readonly string[]>> = {
  OBHUT_DATA: ['data'],
  OBHUT_HOST: ['host'],
  OBHUT_PORT: ['port'],
  OBHUT_METRICS_PORT: ['metricsPort'],
  OBHUT_URL: ['url'],
  OBHUT_OPERATOR: ['operator'],
  OBHUT_LOG: ['log'],
  OBHUT_ROOT_KEY: ['rootKey'],
  OBHUT_CONTACT_EMAIL: ['contact', 'email'],
  OBHUT_MAIL_HOST: ['mail', 'host'],
  OBHUT_MAIL_PORT: ['mail', 'port'],
  OBHUT_MAIL_SECURITY: ['mail', 'security'],
  OBHUT_MAIL_USER: ['mail', 'user'],
  OBHUT_MAIL_PASSWORD_FILE: ['mail', 'passwordFile'],
  OBHUT_MAIL_FROM: ['mail', 'from'],
  DATABASE_URL: ['database', 'url'],
  DATABASE_OWNER_URL: ['database', 'ownerUrl'],
  DATABASE_PROBE_URL: ['database', 'probeUrl'],
  DATABASE_REPLICATION_URL: ['database', 'replicationUrl'],
};
