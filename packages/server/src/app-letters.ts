/** The part of the composition that is about letters: who is behind an account, and the links that some letters bring. */
import type { Identity } from './identity/identity.ts';
import type { NotifierOptions } from './notify/notifier.ts';
import type { Database } from './platform/database/database.ts';

export function lettersTo(
  database: Database,
  identity: Identity,
  url: string,
): Pick<NotifierOptions, 'recipient' | 'link'> {
  return {
    async recipient(id, template) {
      const account = await identity.accounts.find(id);
      if (account === undefined || account.state === 'left') return undefined;
      // A link that came late would replace what somebody has set up meanwhile.
      if (template === 'invitation' && account.state !== 'invited') return undefined;
      if (template === 'reset_link' && (await identity.own.hasFactors(account))) return undefined;
      const [profile] = await identity.profiles.read([account], { kind: 'system', id: 'obhut' }, 'notification');
      return profile && { name: profile.name, address: profile.email, language: account.language };
    },
    async link(template, account) {
      const kind = template === 'invitation' ? 'invitation' : template === 'reset_link' ? 'reset' : undefined;
      if (kind === undefined) return undefined;
      return `${url}/einladung#${(await identity.links.make(database, kind, account)).secret}`;
    },
  };
}
