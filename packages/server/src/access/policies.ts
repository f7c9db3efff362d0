/**
 * Decides by policies that an auditor can read (Cedar, `policies/*.cedar`): who may do what, to which customer. The decision
 * and the hash of the policies that made it stand in the entries.
 */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkParsePolicySet,
  type PolicySet,
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  statefulIsAuthorized,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { type Right, rights } from '../identity/authenticate.ts';
import { type SessionCaller, type StaffRole, signInMethods } from '../identity/caller.ts';
import { StartError } from '../platform/config/start-error.ts';
import type { AccountId, CustomerId } from '../platform/ids/ids.ts';

export interface Decision {
  readonly allowed: boolean;
  /** SHA-256 (hex) over the policies in force. */
  readonly policyHash: string;
  /** The policies that decided, by their `@id`; empty when none allows it. */
  readonly reasons: readonly string[];
}

/** What a decision to see data rests on. */
export interface ViewingGrant {
  readonly active: boolean;
  readonly own: boolean;
  readonly covers: boolean;
}

export interface DecisionContext {
  /** It is about something that they asked for themselves. */
  readonly self?: boolean;
  /** For `data.view`. */
  readonly grant?: ViewingGrant;
}

/** What is asked about: who, and what of a session the policies look at. */
export type Principal = Pick<SessionCaller, 'kind' | 'account' | 'customer' | 'roles' | 'method'>;

export interface Policies {
  readonly hash: string;
  /** The files in force, for the settings page and auditors. */
  readonly files: readonly { readonly name: string; readonly text: string; readonly own: boolean }[];
  decide(caller: Principal, right: Right, customer: CustomerId | undefined, context?: DecisionContext): Decision;
  /** The same for somebody who holds this role alone and no grant; for the probe that looks for standing rights. */
  decideForRole(role: StaffRole, right: Right, customer: CustomerId): Decision;
  /** What they may at all, for the pages that they are shown. Not a decision. */
  rightsOf(caller: Principal): readonly Right[];
}

const ownFolder = join(import.meta.dirname, 'policies');
const isPolicy = (name: string) => name.endsWith('.cedar');
const read = (folder: string, own: boolean) =>
  readdirSync(folder)
    .filter(isPolicy)
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8'), own }));

const wrong = (reason: string) =>
  new StartError(
    'policy_invalid',
    `The access policies are not valid: ${reason}`,
    'See docs/access.md. Only "forbid" rules can be added.',
  );

/** An operator's own rules can only take away: a `permit` in them is refused. */
function needsOnlyForbids(name: string, text: string): void {
  const parts = policySetTextToParts(text);
  if (parts.type === 'failure') throw wrong(`${name}: ${parts.errors[0]?.message ?? 'cannot be read'}`);
  if (parts.policy_templates.length > 0) throw wrong(`${name} holds a template`);
  for (const policy of parts.policies) {
    const json = policyToJson(policy);
    if (json.type === 'failure' || json.json.effect !== 'forbid') throw wrong(`${name} holds a rule that permits`);
  }
}

/** The policies by their `@id`, so that a reason can be read; ids of all files must differ. */
function byId(files: Policies['files']): Record<string, string> {
  const policies: Record<string, string> = {};
  for (const { name, text } of files) {
    const parts = policySetTextToParts(text);
    if (parts.type === 'failure') throw wrong(`${name}: ${parts.errors[0]?.message ?? 'cannot be read'}`);
    for (const [position, policy] of parts.policies.entries()) {
      const json = policyToJson(policy);
      const id = (json.type === 'success' && json.json.annotations?.id) || `${name}#${position + 1}`;
      if (id in policies) throw wrong(`two rules are called ${id}`);
      policies[id] = policy;
    }
  }
  return policies;
}

let sets = 0;

/** How much of the hash is enough to tell two apart. */
export const policyHashLength = 16;

/** An account that is nobody's. */
const nobody = '00000000-0000-4000-8000-000000000000' as AccountId;

/**
 * Reads, checks against the schema, and parses the policies once.
 * @param added a folder with the operator's own `*.cedar` files.
 * @throws StartError `policy_invalid`
 */
export function createPolicies(added?: string): Policies {
  const own = added === undefined ? [] : read(added, true);
  for (const { name, text } of own) needsOnlyForbids(name, text);
  const files = [...read(ownFolder, false), ...own];
  const schema = readFileSync(join(ownFolder, 'schema.cedarschema'), 'utf8');
  const policySet: PolicySet = { staticPolicies: byId(files) };
  const parsed = checkParsePolicySet(policySet);
  if (parsed.type === 'failure') throw wrong(parsed.errors[0]?.message ?? 'cannot be read');
  const checked = validate({ schema, policies: policySet, validationSettings: { mode: 'strict' } });
  if (checked.type === 'failure') throw wrong(checked.errors[0]?.message ?? 'cannot be checked');
  const [error] = checked.validationErrors;
  if (error !== undefined) throw wrong(`${error.policyId}: ${error.error.message}`);
  sets += 1;
  const preparsedPolicySetId = `obhut-${sets}`;
  preparsePolicySet(preparsedPolicySetId, policySet);
  const policyHash = hash('sha256', `${schema}\n${files.map(({ name, text }) => `${name}\n${text}`).join('\n')}`);

  /** A caller is made anew for each request, and what decides does not change: within one it is asked once. */
  const decided = new WeakMap<Principal, Map<string, Decision>>();

  function decide(
    caller: Principal,
    right: Right,
    customer: CustomerId | undefined,
    context: DecisionContext = {},
  ): Decision {
    const known = decided.get(caller) ?? new Map<string, Decision>();
    const { self = false, grant } = context;
    const question = `${right} ${customer} ${self} ${grant?.active} ${grant?.own} ${grant?.covers}`;
    const decision = known.get(question) ?? ask(caller, right, customer, context);
    // An event stream keeps its caller for hours.
    if (known.size > 1_000) known.clear();
    decided.set(caller, known.set(question, decision));
    return decision;
  }

  function ask(
    caller: Principal,
    right: Right,
    customer: CustomerId | undefined,
    { self = false, grant }: DecisionContext,
  ): Decision {
    const principal = { type: caller.kind === 'staff' ? 'Staff' : 'Admin', id: caller.account as string };
    const resource =
      customer === undefined ? { type: 'Installation', id: 'obhut' } : { type: 'Customer', id: customer as string };
    const answer = statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: right },
      resource,
      context: {
        // A session is only ever opened with two; the rule stands for the day on which somebody forgets.
        factors: signInMethods.includes(caller.method) ? 2 : 1,
        self,
        ...(right === 'data.view' && {
          grantActive: grant?.active ?? false,
          grantOwn: grant?.own ?? false,
          grantCovers: grant?.covers ?? false,
        }),
      },
      preparsedPolicySetId,
      entities: [
        {
          uid: principal,
          attrs:
            caller.customer === undefined
              ? {}
              : { customer: { __entity: { type: 'Customer', id: caller.customer as string } } },
          parents: caller.roles.map((id) => ({ type: 'Role', id })),
        },
      ],
    });
    // A policy that fails to evaluate decides nothing; then the answer is no.
    if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0)
      return { allowed: false, policyHash, reasons: [] };
    const { decision, diagnostics } = answer.response;
    return { allowed: decision === 'allow', policyHash, reasons: diagnostics.reason };
  }

  return {
    hash: policyHash,
    files,
    decide,
    decideForRole: (role, right, customer) =>
      decide(
        { kind: 'staff', account: nobody, customer: undefined, roles: [role], method: 'passkey' },
        right,
        customer,
      ),
    rightsOf: (caller) =>
      rights.filter((right) => right !== 'data.view' && decide(caller, right, caller.customer).allowed),
  };
}
