import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Right, rights } from '../identity/authenticate.ts';
import { type Role, type SessionCaller, staffRoles } from '../identity/caller.ts';
import { type CustomerId, newId } from '../platform/ids/ids.ts';
import { createPolicies } from './policies.ts';

const policies = createPolicies();
const accessPage = join(import.meta.dirname, '../../../../docs/access.md');
const customer = newId<CustomerId>();
const somebody = (roles: readonly Role[], of?: CustomerId): SessionCaller =>
  ({
    kind: of === undefined ? 'staff' : 'admin',
    account: newId(),
    session: newId(),
    person: newId(),
    subject: 's',
    roles,
    customer: of,
    country: 'DE',
    method: 'passkey',
    freshUntil: new Date(),
  }) as unknown as SessionCaller;

const all = { active: true, own: true, covers: true };

describe('the policies', () => {
  it('give nothing to somebody without a role', () => {
    for (const right of rights)
      for (const resource of [customer, undefined])
        expect(policies.decide(somebody([]), right, resource, { grant: all }).allowed, right).toBe(false);
  });

  it('let no role see data without a grant that is active, own and covers it', () => {
    for (const role of ['owner', 'security', 'operations', 'support', 'engineer', 'auditor'] as const)
      for (const missing of ['active', 'own', 'covers'] as const)
        expect(
          policies.decide(somebody([role]), 'data.view', customer, { grant: { ...all, [missing]: false } }).allowed,
        ).toBe(false);
    expect(policies.decide(somebody(['support']), 'data.view', customer).allowed).toBe(false);
    expect(policies.decide(somebody(['support']), 'data.view', customer, { grant: all }).allowed).toBe(true);
    expect(policies.decide(somebody(['admin'], customer), 'data.view', customer, { grant: all }).allowed).toBe(false);
  });

  it('let nobody see data whose role has run out, grant or not', () => {
    for (const roles of [[], ['auditor']] as const)
      expect(policies.decide(somebody(roles), 'data.view', customer, { grant: all })).toMatchObject({
        allowed: false,
        reasons: ['never-without-role'],
      });
  });

  it('keep an admin to the own customer', () => {
    const admin = somebody(['admin'], customer);
    expect(policies.decide(admin, 'portal.read', customer).allowed).toBe(true);
    const mine = new Set(policies.rightsOf(admin));
    expect(mine.has('portal.approve')).toBe(true);
    for (const right of rights)
      for (const other of [newId<CustomerId>(), undefined])
        expect(policies.decide(admin, right, other).allowed, right).toBe(false);
  });

  it('let nobody agree with themselves, whatever they are', () => {
    const owner = somebody(['owner', 'security']);
    expect(policies.decide(owner, 'grants.agree', customer).allowed).toBe(true);
    const refused = policies.decide(owner, 'grants.agree', customer, { self: true });
    expect(refused).toMatchObject({ allowed: false, reasons: ['nobody-for-themselves'] });
  });

  it('give nothing to a session with fewer than two factors', () => {
    const half = { ...somebody(['owner']), method: 'password' as 'passkey' };
    expect(policies.decide(half, 'staff.read', undefined)).toMatchObject({ allowed: false, reasons: ['two-factors'] });
  });

  it('give each role what docs/access.md says, no more and no less', async () => {
    const rows = (await readFile(accessPage, 'utf8'))
      .split('\n')
      .filter((line) => /^\| `[a-z]+\.[a-z]+`.* ?\|.*●/.test(line));
    const table = rows.flatMap((line) => {
      const [, names = '', ...marks] = line.split('|').map((cell) => cell.trim());
      const holders = staffRoles.filter((_role, column) => marks[column] === '●');
      return [...names.matchAll(/`([a-z.]+)`/g)].map(([, right]) => [right, holders] as const);
    });
    const ofStaff = rights.filter((right) => !right.startsWith('portal.') && right !== 'data.view');
    expect(table.map(([right]) => right).sort()).toEqual([...ofStaff].sort());
    for (const [right, holders] of table)
      for (const role of staffRoles)
        expect(policies.decide(somebody([role]), right as Right, customer).allowed, `${role} ${right}`).toBe(
          holders.includes(role),
        );
  });
});

describe("an operator's own rules", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'obhut-policies-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('take away', async () => {
    await writeFile(
      join(folder, 'own.cedar'),
      '@id("no-engineers") forbid (principal in Role::"engineer", action == Action::"grants.request", resource);',
    );
    const stricter = createPolicies(folder);
    expect(stricter.hash).not.toBe(policies.hash);
    expect(stricter.decide(somebody(['engineer']), 'grants.request', customer)).toMatchObject({
      allowed: false,
      reasons: ['no-engineers'],
    });
    expect(stricter.decide(somebody(['support']), 'grants.request', customer).allowed).toBe(true);
  });

  it('are valid as docs/access.md shows them', async () => {
    const page = await readFile(accessPage, 'utf8');
    const examples = [...page.matchAll(/```cedar\n(.*?)```/gs)].map(([, text = '']) => text);
    expect(examples.length).toBeGreaterThan(1);
    await writeFile(join(folder, 'own.cedar'), examples.join('\n'));
    expect(createPolicies(folder).decide(somebody(['engineer']), 'grants.request', customer).allowed).toBe(false);
  });

  it.each([
    ['permit (principal, action, resource);', 'permits'],
    ['forbid (principal, action == Action::"fly", resource);', 'fly'],
    ['forbid (principal', 'own.cedar'],
    ['@id("owner") forbid (principal, action, resource);', 'two rules'],
  ])('are refused at the start when they are %s', async (text, reason) => {
    await writeFile(join(folder, 'own.cedar'), text);
    expect(() => createPolicies(folder)).toThrow(reason);
  });
});
