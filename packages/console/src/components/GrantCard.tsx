import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Grant } from '../api/types.ts';
import { countryName, duration } from '../format.ts';
import { usedText } from '../used-text.ts';
import { Countdown } from './Countdown.tsx';
import { Facts } from './Facts.tsx';
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
        <span className="mono">{grant.collections.map(({ collection }) => collection).join(', ')}</span>
        {grant.accesses > 0 && ` · ${usedText(t, grant)}`}
      </p>
      {/* Nobody signs what they have not read. */}
      {grant.may.includes('approve') && (
        <Facts
          of={[
            [t('grants.detail.justification'), grant.justification],
            [t('grants.detail.telemetry'), grant.telemetry],
            [
              t('grants.scope'),
              grant.collections.map(({ collection, fields }) => (
                <div key={collection} className="mono">
                  {collection}: {fields?.join(', ') ?? t('grants.form.allFields')}
                </div>
              )),
            ],
            [
              t('grants.detail.persons'),
              grant.persons === null
                ? t('grants.detail.allPersons')
                : t('grants.detail.personsCount', { count: grant.persons.length }),
            ],
            [t('grants.detail.duration'), duration(grant.minutes * 60, i18n.language)],
          ]}
        />
      )}
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
