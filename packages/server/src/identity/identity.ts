/** The identity room: puts its parts together. */
import type { Journal } from '../journal/journal.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { AccountId, CustomerId } from '../platform/ids/ids.ts';
import { createBox } from '../platform/secrets/box.ts';
import type { SecretStore } from '../platform/secrets/secrets.ts';
import { createAccountLog } from './accounts/account-log.ts';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { type CustomerAdmins, createCustomerAdmins } from './accounts/customer-admins.ts';
import { createJoining, type Joining } from './accounts/joining.ts';
import { createLinks, type Links } from './accounts/links.ts';
import { createOffice, type Office } from './accounts/office.ts';
import { createOwnAccount, type OwnAccount } from './accounts/own.ts';
import { createProfiles, type Profiles } from './accounts/profile.ts';
import { createRecovery, type Recovery } from './accounts/recovery.ts';
import { createRoleEnds, type RoleEnds } from './accounts/role-ends.ts';
import { createFlows, type Flows } from './factors/flows.ts';
import { createLeakWatch, type LeakWatch } from './factors/leak-watch.ts';
import type { LeakSource } from './factors/leaks.ts';
import { createPasskeyStore, type PasskeyStore } from './factors/passkeys.ts';
import { createPasswordHasher } from './factors/password-hash.ts';
import { createPasswords } from './factors/passwords.ts';
import { createAttempts } from './sessions/attempts.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import { createFamiliar } from './sign-in/familiar.ts';
import { createLimited, type Limited } from './sign-in/limited.ts';
import { createRefuse } from './sign-in/refuse.ts';
import { createSignInDesk, type SignInDesk } from './sign-in/sign-in.ts';
import { createSignInList, type SignInList } from './sign-in/sign-in-list.ts';
import { createSignInLog } from './sign-in/sign-in-log.ts';
import { createStepUp, type StepUp } from './sign-in/step-up.ts';
import type { Tell } from './tell.ts';

export interface Identity {
  readonly accounts: Accounts;
  readonly profiles: Profiles;
  readonly links: Links;
  readonly flows: Flows;
  readonly passkeys: PasskeyStore;
  readonly sessions: Sessions;
  readonly desk: SignInDesk;
  readonly stepUp: StepUp;
  readonly limited: Limited;
  readonly signIns: SignInList;
  readonly joining: Joining;
  readonly office: Office;
  readonly own: OwnAccount;
  readonly recovery: Recovery;
  readonly customerAdmins: CustomerAdmins;
  readonly leaks: LeakWatch;
  readonly roleEnds: RoleEnds;
}

export interface IdentityOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly secrets: SecretStore;
  readonly settings: Pick<Settings, 'operator' | 'passwordLeaks' | 'rightsLastDays'>;
  /** Whether mails can be sent. */
  readonly mails: boolean;
  readonly operator: () => Promise<CustomerId>;
  readonly tell: Tell;
  /** Ends the grants of somebody whose roles change. */
  readonly endGrants: (connection: Queryable, account: AccountId) => Promise<void>;
}

function leakSourceOf({ passwordLeaks }: IdentityOptions['settings']): LeakSource | undefined {
  if (passwordLeaks?.file !== undefined) return { file: passwordLeaks.file };
  return passwordLeaks?.mirror === undefined ? undefined : { mirror: passwordLeaks.mirror };
}

export async function createIdentity(options: IdentityOptions): Promise<Identity> {
  const { database, journal, keyring, clock, secrets, settings, operator, tell, endGrants } = options;
  const box = createBox(await secrets.key('credentials'));
  const operatorName = settings.operator ?? 'Obhut';
  const hasher = createPasswordHasher();
  const accounts = createAccounts({ database, clock, operator, addressKey: await secrets.key('address-digests') });
  const profiles = createProfiles({ journal, keyring, clock, operator });
  const accountLog = createAccountLog({ journal, keyring, clock, operator });
  const links = createLinks({ database, clock, box, operator });
  const flows = createFlows(database, clock, operator);
  const passkeys = createPasskeyStore(database, operator);
  const leaks = createLeakWatch(leakSourceOf(settings), clock, async () => {
    await tell(database, [{ template: 'leaks_silent', accounts: await accounts.withRole(['owner', 'security']) }]);
  });
  const codeKey = await secrets.key('recovery-codes');
  const passwords = createPasswords({ database, clock, box, hasher, codeKey, operator });
  const sessions = createSessions({ database, keyring, clock, box, operator });
  const attempts = createAttempts(database, clock, operator);
  const networkKey = await secrets.key('network-digests');
  const familiar = createFamiliar({ database, clock, networkKey, operator });
  const log = createSignInLog({ database, journal, keyring, clock, accountLog, operator });
  const signIns = createSignInList({ database, journal, keyring, clock, operator });
  const refuse = createRefuse(log, tell);
  const stepUp = createStepUp({
    database,
    clock,
    passwords,
    passkeys,
    flows,
    attempts,
    sessions,
    log,
    refuse,
  });
  const desk = createSignInDesk({
    clock,
    accounts,
    passwords,
    passkeys,
    leaks,
    flows,
    attempts,
    sessions,
    familiar,
    log,
    refuse,
    tell,
    onSignIn: (connection, account) => recovery.cancel(connection, account),
    operator,
  });
  const office = createOffice({
    clock,
    accounts,
    profiles,
    links,
    passkeys,
    passwords,
    attempts,
    sessions,
    log: accountLog,
    tell,
    insertPerson: (connection, row) => keyring.insertPersons(connection, [row]),
    endGrants,
    operator,
    mails: options.mails,
    rightsLastDays: settings.rightsLastDays,
  });
  const recovery = createRecovery({ database, clock, accounts, office, log: accountLog, tell, operator });
  const customerAdmins = createCustomerAdmins({ accounts, office, recovery, journal, clock, tell });
  const joining = createJoining({
    clock,
    accounts,
    profiles,
    links,
    flows,
    passkeys,
    passwords,
    hasher,
    office,
    desk,
    leaks,
    operatorName,
  });
  const own = createOwnAccount({
    clock,
    accounts,
    profiles,
    flows,
    passkeys,
    passwords,
    hasher,
    sessions,
    log: accountLog,
    tell,
    leaks,
    operatorName,
    operator,
  });
  return {
    accounts,
    profiles,
    links,
    flows,
    passkeys,
    sessions,
    desk,
    stepUp,
    limited: createLimited(log, clock),
    signIns,
    joining,
    office,
    own,
    recovery,
    customerAdmins,
    leaks,
    roleEnds: createRoleEnds({ database, clock, accounts, tell, operator }),
  };
}
