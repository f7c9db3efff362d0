/**
 * The floors of the house: a room imports only from floors below it. `docs/architecture.md` shows the picture.
 * `scripts/floors.test.ts` plants upward imports and counts the modules seen, so that this cannot go blind.
 */
const floors = [
  ['platform'],
  ['journal'],
  ['keyring'],
  ['customers'],
  ['notify'],
  ['identity'],
  ['access'],
  ['claims'],
  ['alerts'],
  ['logs'],
  ['custody', 'fleet', 'releases'],
  ['practices'],
];
const server = '^packages/server/src';
const upward = floors.slice(0, -1).map((rooms, level) => ({
  name: `floor-${rooms.join('-')}`,
  comment: `${rooms.join(', ')} may not import from a floor above`,
  severity: 'error',
  from: { path: `${server}/(${rooms.join('|')})/` },
  to: {
    path: `${server}/(${floors
      .slice(level + 1)
      .flat()
      .join('|')}|main|app|app-alerts|app-letters|app-upkeep|http|admin)([/.]|$)`,
  },
}));

/** Rooms on one floor know nothing of each other; neither do practices. */
const sideways = [
  { rooms: 'custody|fleet|releases', base: server },
  { rooms: '[^/]+', base: `${server}/practices` },
].map(({ rooms, base }, index) => ({
  name: index === 0 ? 'same-floor' : 'practices-apart',
  severity: 'error',
  from: { path: `${base}/(${rooms})/` },
  to: { path: `${base}/(${rooms})/`, pathNot: `${base}/$1/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    ...sideways,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'proof-stands-alone',
      comment: 'proof has no dependency and runs in a browser',
      severity: 'error',
      from: { path: '^packages/proof/src', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/proof/src' },
    },
    {
      name: 'client-on-proof-only',
      severity: 'error',
      from: { path: '^packages/client/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/(server|cli|console)/|^(bench|e2e)/' },
    },
    {
      name: 'cli-on-client-and-proof',
      severity: 'error',
      from: { path: '^packages/cli/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/(server|console)/|^(bench|e2e)/' },
    },
    {
      name: 'server-on-proof-only',
      severity: 'error',
      from: { path: server, pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/(client|cli|console)/|^(bench|e2e)/' },
    },
    {
      name: 'one-aead',
      comment: 'seal and open are called by the keyring (records, files) and platform/secrets only',
      severity: 'error',
      from: { path: server, pathNot: `${server}/(keyring|platform/(crypto|secrets))/|\\.test\\.ts$` },
      to: { path: `${server}/platform/crypto/(aead|stream)` },
    },
    {
      name: 'no-test-in-product',
      severity: 'error',
      from: { pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '\\.test\\.ts$|/testing/', pathNot: '^packages/server/src/testing/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json'],
    },
  },
};
