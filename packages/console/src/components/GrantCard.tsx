import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Grant } from '../api/types.ts';
import { countryName } from '../format.ts';
import { Countdown } from './Countdown.tsx';
import { GrantActions } from './GrantActions.tsx';
import { GrantState } from './GrantState.tsx';
import { Time } from './Time.tsx';

/** A request or a running access, as a customer's admin decides on it. */
export function GrantCard({ grant }: { readonly grant: Grant }) {
  const { t, i18n } = useTranslation();
  return (
    <article className="panel stack" aria-label={t(`purpose.${grant.purpose}`)}>
      <div className="row between">
        <h3>
          <Link to="/portal/anfragen/$grant" params={{ grant: grant.id }}>
            {t(`purpose.${grant.purpose}`)}
          </Link>
          {grant.emergency && ` · ${t('grants.emergency')}`}
        </h3>
        <GrantState state={grant.state} />
      </div>
      <p>
        {t(`role.${grant.requester.role}`)}, {countryName(grant.requester.country, i18n.language)} ·{' '}
        <span className="mono">{grant.collections.map(({ collection }) => collection).join(', ')}</span> ·{' '}
        {grant.accesses > 0 && t('grants.detail.usedText', { accesses: grant.accesses, unmasked: grant.unmasked })}
      </p>
      {grant.state === 'active' && grant.endsAt !== null ? (
        <Countdown until={grant.endsAt} />
      ) : (
        <span className="soft">
          {t('portal.countdown', { time: '' })}
          <Time at={grant.answerBy} as="relative" />
        </span>
      )}
      <GrantActions grant={grant} />
    </article>
  );
}
