import { useTranslation } from 'react-i18next';
import type { SignIn } from '../api/types.ts';
import { DataTable } from './DataTable.tsx';
import { State } from './State.tsx';
import { Time } from './Time.tsx';

const methods = ['passkey', 'password+totp', 'password+recovery', 'password'] as const;

/** Attempts to sign in: when, who, with what, from where, and how it ended. */
export function SignInTable({ signIns, own = false }: { readonly signIns: readonly SignIn[]; readonly own?: boolean }) {
  const { t } = useTranslation();
  const method = (name: string) => {
    const known = methods.find((one) => one === name);
    return known === undefined ? name : t(`method.${known}`);
  };
  return (
    <DataTable
      label={t('signIns.title')}
      rows={signIns}
      rowKey={({ id }) => id}
      columns={[
        { key: 'when', title: t('signIns.when'), sort: ({ at }) => at, cell: ({ at }) => <Time at={at} /> },
        ...(own
          ? []
          : [
              {
                key: 'who',
                title: t('signIns.who'),
                sort: (one: SignIn) => one.name ?? '',
                cell: (one: SignIn) => one.name ?? <span className="soft">{t('signIns.unknownAccount')}</span>,
              },
            ]),
        {
          key: 'outcome',
          title: t('signIns.outcome'),
          sort: ({ outcome }) => outcome,
          cell: ({ act, outcome, attempts }) => (
            <>
              <State kind={outcome === 'ok' ? 'holds' : outcome === 'failed' ? 'unknown' : 'fails'}>
                {outcome === 'ok' ? t(`signIns.done.${act}`) : t(`signIns.${outcome}`)}
              </State>
              {(attempts > 1 || (outcome !== 'ok' && act !== 'sign-in')) && (
                <>
                  <br />
                  <span className="soft">
                    {[
                      ...(outcome !== 'ok' && act !== 'sign-in' ? [t(`signIns.act.${act}`)] : []),
                      ...(attempts > 1 ? [t('signIns.attempts', { count: attempts })] : []),
                    ].join(', ')}
                  </span>
                </>
              )}
            </>
          ),
        },
        {
          key: 'how',
          title: t('signIns.how'),
          cell: (one) => (
            <>
              {method(one.method)}
              {one.provider !== null && (
                <>
                  <br />
                  <span className="soft">{one.provider}</span>
                </>
              )}
            </>
          ),
        },
        {
          key: 'where',
          title: t('signIns.where'),
          cell: ({ address, newPlace }) => (
            <>
              <span className="mono">{address ?? t('common.unknown')}</span>
              {newPlace && (
                <>
                  <br />
                  <State kind="waiting">{t('signIns.newPlace')}</State>
                </>
              )}
            </>
          ),
        },
        {
          key: 'device',
          title: t('signIns.device'),
          cell: ({ device, newDevice }) => (
            <span title={device.userAgent ?? undefined}>
              {[t(`device.${device.type}`), device.browser, device.system].filter(Boolean).join(', ')}
              <br />
              {newDevice ? (
                <State kind="waiting">{t('signIns.newDevice')}</State>
              ) : (
                <span className="soft">{t('device.reported')}</span>
              )}
            </span>
          ),
        },
      ]}
    />
  );
}
