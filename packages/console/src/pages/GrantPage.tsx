import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Grant } from '../api/types.ts';
import { Facts } from '../components/Facts.tsx';
import { GrantActions } from '../components/GrantActions.tsx';
import { GrantState } from '../components/GrantState.tsx';
import { GrantTimeline } from '../components/GrantTimeline.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { State } from '../components/State.tsx';
import { Time } from '../components/Time.tsx';
import { countryName, duration } from '../format.ts';
import { usedText } from '../used-text.ts';

const enders = {
  requester: 'byRequester',
  security: 'bySecurity',
  customer: 'byCustomer',
  time: 'byTime',
  roles: 'byRoles',
} as const;

export function GrantPage() {
  const { grant: id = '' } = useParams({ strict: false });
  const grant = useQuery({ queryKey: ['grant', id], queryFn: () => api.get<Grant>(`/v1/grants/${id}`) });
  return <Load query={grant}>{(data) => <GrantDetail grant={data} />}</Load>;
}

function GrantDetail({ grant }: { readonly grant: Grant }) {
  const { t, i18n } = useTranslation();
  const { requester, review } = grant;
  const consent =
    grant.consent === null
      ? t('grants.detail.noConsentYet')
      : grant.signed
        ? t('grants.detail.consentSigned')
        : t(`grants.detail.${grant.consent}`);
  const scope = grant.collections.map(({ collection, fields }) => (
    <div key={collection}>
      <span className="mono">{collection}</span>:{' '}
      {fields === null ? t('grants.form.allFields') : <span className="mono">{fields.join(', ')}</span>}
    </div>
  ));
  return (
    <Page
      title={`${t(`purpose.${grant.purpose}`)} · ${grant.customerLabel}`}
      lead={
        <>
          {requester.name ?? t(`role.${requester.role}`)}, {t(`role.${requester.role}`)},{' '}
          {countryName(requester.country, i18n.language)}
          {grant.emergency && <strong> · {t('grants.emergency')}</strong>}
        </>
      }
    >
      <section className="panel">
        <div className="row between">
          <GrantState state={grant.state} />
          {grant.state === 'active' && grant.endsAt !== null && <Time at={grant.endsAt} as="relative" />}
          {(grant.state === 'requested' || grant.state === 'agreed') && (
            <span className="soft">
              {t('overview.due', { time: '' })}
              <Time at={grant.answerBy} as="relative" />
            </span>
          )}
        </div>
        <GrantTimeline grant={grant} />
      </section>
      <GrantActions grant={grant} />
      <section className="stack" aria-labelledby="reasons">
        <h2 id="reasons">{t('grants.detail.reasons')}</h2>
        <Facts
          of={[
            [t('grants.detail.ticket'), grant.ticket],
            [
              t('grants.detail.justification'),
              <p key="j" className="prose">
                {grant.justification}
              </p>,
            ],
            [
              t('grants.detail.telemetry'),
              <p key="t" className="prose">
                {grant.telemetry}
              </p>,
            ],
            [t('grants.scope'), scope],
            [
              t('grants.detail.persons'),
              grant.persons === null
                ? t('grants.detail.allPersons')
                : t('grants.detail.personsCount', { count: grant.persons.length }),
            ],
            [t('grants.detail.duration'), duration(grant.minutes * 60, i18n.language)],
            [t('grants.detail.consent'), consent],
            [t('grants.detail.used'), grant.accesses === 0 ? t('grants.detail.unused') : usedText(t, grant)],
            [
              t('grants.detail.notice'),
              grant.noticeDueAt === null ? null : grant.noticeSentAt !== null ? (
                <State key="n" kind="holds">
                  {t('grants.detail.noticeSent', { time: '' })}
                  <Time at={grant.noticeSentAt} />
                </State>
              ) : (
                <State key="n" kind={grant.noticeDueAt < new Date().toISOString() ? 'fails' : 'waiting'}>
                  {t('grants.detail.noticeDue', { time: '' })}
                  <Time at={grant.noticeDueAt} />
                </State>
              ),
            ],
            [
              t('grants.detail.review'),
              review === null ? null : review.verdict === null ? (
                <State key="r" kind="waiting">
                  {t('grants.detail.reviewDue', { time: '' })}
                  <Time at={review.dueAt} />
                </State>
              ) : (
                <State key="r" kind={review.verdict === 'justified' ? 'holds' : 'fails'}>
                  {t(`grants.detail.${review.verdict}`)}
                </State>
              ),
            ],
            [t('grants.detail.endedBy'), grant.endedBy === null ? null : t(`grants.detail.${enders[grant.endedBy]}`)],
            [
              t('grants.detail.requestHash'),
              <span key="h" className="mono">
                {grant.requestHash}
              </span>,
            ],
            [
              t('grants.detail.policyHash'),
              <span key="p" className="mono">
                {grant.policyHash}
              </span>,
            ],
          ]}
        />
      </section>
    </Page>
  );
}
