import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Member } from '../api/types.ts';
import { day } from '../format.ts';
import { useAct } from '../hooks/useAct.ts';
import { useSession } from '../hooks/useSession.ts';
import { Choice } from './Choice.tsx';
import { Confirm } from './Confirm.tsx';
import { DataTable } from './DataTable.tsx';
import { Empty } from './Empty.tsx';
import { InviteDialog } from './InviteDialog.tsx';
import { type HandedLink, LinkDialog } from './LinkDialog.tsx';
import { Load } from './Load.tsx';
import { Problem } from './Problem.tsx';
import { RolesDialog } from './RolesDialog.tsx';
import { State } from './State.tsx';
import { Time } from './Time.tsx';

interface MemberListProps {
  readonly title: string;
  readonly lead?: string;
  /** Where the accounts are: `/v1/staff` or a customer's admins. */
  readonly path: string;
  readonly pick: 'staff' | 'admins';
  readonly manages: boolean;
  readonly unlocks: boolean;
}

const states = ['all', 'active', 'invited', 'locked', 'ending', 'left'] as const;
/** A right that ends within this time is one to look after. */
const soonMs = 30 * 86_400_000;

type Act = { readonly kind: 'departure' | 'reset'; readonly member: Member };

/** Accounts: who, with which roles and factors, and what can be done for them. */
export function MemberList({ title, lead, path, pick, manages, unlocks }: MemberListProps) {
  const { t, i18n } = useTranslation();
  const { account: me } = useSession();
  const [state, setState] = useState<(typeof states)[number]>('all');
  const [inviting, setInviting] = useState(false);
  const [act, setAct] = useState<Act>();
  const [roles, setRoles] = useState<Member>();
  const [handed, setHanded] = useState<HandedLink>();
  const list = useQuery({
    queryKey: ['members', path],
    queryFn: () => api.get<Record<'staff' | 'admins', readonly Member[]>>(path),
    // Reading names leaves an entry for each person: not because a window came to the front.
    refetchOnWindowFocus: false,
  });
  const change = useAct(({ member, what }: { member: Member; what: string }) =>
    api.post<HandedLink | undefined>(`${path}/${member.account}/${what}`),
  );
  const renew = useAct(({ member, role }: { member: Member; role: string }) =>
    api.post(`${path}/${member.account}/renewal`, { role }),
  );
  const withLink = (member: Member, what: 'invitation' | 'reset') =>
    change.mutate({ member, what }, { onSuccess: (answer) => setHanded(answer ?? { link: null, availableAt: null }) });
  const now = new Date().toISOString();
  const soon = new Date(Date.now() + soonMs).toISOString();
  const shows = (member: Member): boolean => {
    if (state === 'left') return member.state === 'left';
    if (member.state === 'left') return false;
    if (state === 'locked') return member.locked;
    if (state === 'ending') return member.roles.some(({ expiresAt }) => expiresAt < soon);
    return state === 'all' || member.state === state;
  };

  const actions = (member: Member) =>
    manages &&
    member.account !== me &&
    member.state !== 'left' && (
      <div className="row" style={{ gap: '0.35rem' }}>
        {pick === 'staff' && member.state === 'active' && (
          <Button size="compact-sm" variant="default" onClick={() => setRoles(member)}>
            {t('team.change')}
          </Button>
        )}
        {member.state === 'invited' ? (
          <Button size="compact-sm" variant="default" onClick={() => withLink(member, 'invitation')}>
            {t('team.again')}
          </Button>
        ) : (
          <Button size="compact-sm" variant="default" onClick={() => setAct({ kind: 'reset', member })}>
            {t('team.reset')}
          </Button>
        )}
        <Button size="compact-sm" variant="default" color="red" onClick={() => setAct({ kind: 'departure', member })}>
          {t('team.leave')}
        </Button>
      </div>
    );

  const invite = manages && (
    <Button onClick={() => setInviting(true)}>{pick === 'staff' ? t('team.invite') : t('team.inviteAdmin')}</Button>
  );
  return (
    <section className="stack" aria-label={title}>
      <div className="row between">
        <div>
          <h2>{title}</h2>
          {lead && <p className="soft">{lead}</p>}
        </div>
        {invite}
      </div>
      {change.isError && <Problem error={change.error} />}
      {renew.isError && <Problem error={renew.error} />}
      <Load query={list}>
        {(data) =>
          data[pick].length === 0 ? (
            <Empty title={t('team.adminsEmptyTitle')} text={t('team.adminsEmptyText')} />
          ) : (
            <>
              <div>
                <Choice
                  label={t('grants.state')}
                  value={state}
                  options={states
                    .filter((one) => pick === 'staff' || one !== 'ending')
                    .map((one) => ({ value: one, label: one === 'all' ? t('common.all') : t(`team.${one}`) }))}
                  onChange={setState}
                />
              </div>
              {data[pick].some(shows) ? (
                <DataTable
                  label={title}
                  rows={data[pick].filter(shows)}
                  rowKey={({ account }) => account}
                  columns={[
                    {
                      key: 'name',
                      title: t('team.name'),
                      sort: ({ name }) => name,
                      cell: ({ name, email, account }) => (
                        <>
                          <strong>{name}</strong> {account === me && <span className="soft">({t('team.you')})</span>}
                          <br />
                          <span className="soft">{email}</span>
                        </>
                      ),
                    },
                    {
                      key: 'state',
                      title: t('grants.state'),
                      cell: (member) => (
                        <div className="stack" style={{ '--gap': '0.25rem' } as React.CSSProperties}>
                          <State kind={member.locked ? 'fails' : member.state === 'active' ? 'holds' : 'waiting'}>
                            {member.locked ? t('team.locked') : t(`team.${member.state}`)}
                          </State>
                          {member.locked && unlocks && member.account !== me && (
                            <Button
                              size="compact-sm"
                              variant="default"
                              onClick={() => change.mutate({ member, what: 'unlock' })}
                            >
                              {t('team.unlock')}
                            </Button>
                          )}
                        </div>
                      ),
                    },
                    {
                      key: 'roles',
                      title: t('team.roles'),
                      cell: (member) => (
                        <ul style={{ listStyle: 'none', padding: 0, margin: 0 }}>
                          {member.roles.map(({ role, expiresAt }) => (
                            <li key={role}>
                              {t(`role.${role}`)}{' '}
                              <span className="soft">
                                {pick === 'staff' &&
                                  t(expiresAt > now ? 'team.expires' : 'team.expired', {
                                    date: day(expiresAt, i18n.language),
                                  })}
                              </span>{' '}
                              {pick === 'staff' && manages && member.account !== me && (
                                <Button
                                  size="compact-xs"
                                  variant="subtle"
                                  onClick={() => renew.mutate({ member, role })}
                                >
                                  {t('team.renew')}
                                </Button>
                              )}
                            </li>
                          ))}
                        </ul>
                      ),
                    },
                    {
                      key: 'factors',
                      title: t('team.factors'),
                      cell: ({ factors }) => (
                        <>
                          {factors.passkeys > 0 && t('team.passkeys', { count: factors.passkeys })}
                          {factors.passkeys > 0 && factors.password && <br />}
                          {factors.password && t('team.password')}
                          {factors.passkeys === 0 && !factors.password && (
                            <span className="soft">{t('team.nothing')}</span>
                          )}
                        </>
                      ),
                    },
                    {
                      key: 'last',
                      title: t('team.last'),
                      sort: ({ lastSignInAt }) => lastSignInAt ?? '',
                      cell: ({ lastSignInAt }) =>
                        lastSignInAt === null ? t('common.never') : <Time at={lastSignInAt} as="relative" />,
                    },
                    ...(manages ? [{ key: 'act', title: t('team.act'), cell: actions }] : []),
                  ]}
                />
              ) : (
                <p className="soft">{t('team.noneLikeThis')}</p>
              )}
            </>
          )
        }
      </Load>
      <InviteDialog
        opened={inviting}
        staff={pick === 'staff'}
        path={path}
        onClose={() => setInviting(false)}
        onInvited={(answer) => {
          setInviting(false);
          setHanded(answer);
        }}
      />
      <LinkDialog handed={handed} onClose={() => setHanded(undefined)} />
      <RolesDialog member={roles} path={path} onClose={() => setRoles(undefined)} />
      <Confirm
        opened={act !== undefined}
        title={act?.kind === 'departure' ? t('team.leave') : t('team.reset')}
        text={t(act?.kind === 'departure' ? 'team.leaveText' : 'team.resetText', { name: act?.member.name ?? '' })}
        onCancel={() => setAct(undefined)}
        onConfirm={() => {
          if (act === undefined) return;
          if (act.kind === 'reset') withLink(act.member, 'reset');
          else change.mutate({ member: act.member, what: 'departure' });
          setAct(undefined);
        }}
      />
    </section>
  );
}
