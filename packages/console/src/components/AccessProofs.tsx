import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { AccessRow } from '../api/types.ts';
import { number } from '../format.ts';
import { untilSigned } from '../proof/patience.ts';
import { Problem } from './Problem.tsx';
import { ProofOf } from './ProofDialog.tsx';
import { State } from './State.tsx';

type Row = Pick<AccessRow, 'entries' | 'entryCount' | 'generation'>;

interface AccessProofsProps {
  readonly customer: string;
  readonly row: Row | undefined;
  readonly onClose: () => void;
}

/** Lets this browser compute the proof of every entry that a row of the history stands for. */
export function AccessProofs({ customer, row, onClose }: AccessProofsProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={row !== undefined}
      onClose={onClose}
      title={t('proof.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {row &&
        (row.entryCount === 1 && row.entries[0] !== undefined ? (
          <ProofOf place={{ customer, log: 'access', index: row.entries[0], generation: row.generation }} />
        ) : (
          <AllOf customer={customer} row={row} />
        ))}
    </Modal>
  );
}

/** So many proofs are asked for at a time. */
const atOnce = 6;

function AllOf({ customer, row }: { readonly customer: string; readonly row: Row }) {
  const { entries, entryCount, generation } = row;
  const { t, i18n } = useTranslation();
  const [done, setDone] = useState(0);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const base = `/v1/customers/${customer}/journal`;
  const which = `log=access&generation=${generation}`;
  const all = useQuery({
    queryKey: ['proofs', customer, generation, entries],
    queryFn: async () => {
      const { checkProof } = await import('../proof/check.ts');
      const { key } = await api.get<{ key: string }>(`${base}?${which}&limit=1`);
      const failed = new Map<number, string>();
      const waiting = [...entries];
      setDone(0);
      async function work() {
        for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
          const file = await api.text(`${base}/${index}/proof?${which}`);
          await checkProof(file, key).catch((error: Error) => failed.set(index, error.message));
          setDone((before) => before + 1);
        }
      }
      await Promise.all(Array.from({ length: atOnce }, work));
      return failed;
    },
    ...untilSigned,
    gcTime: 0,
  });
  if (all.isError) return <Problem error={all.error} onRetry={() => void all.refetch()} />;
  const failed = all.data;
  return (
    <div className="stack">
      <p className="soft">{t('proof.lead')}</p>
      <p role="status">
        {failed === undefined ? (
          t('proof.progress', { done: number(done, i18n.language), count: entries.length })
        ) : (
          <State kind={failed.size === 0 ? 'holds' : 'fails'}>
            <span className="wrap">
              {failed.size === 0
                ? t('proof.allOk', { count: entries.length })
                : t('proof.someFailed', { count: failed.size })}
            </span>
          </State>
        )}
      </p>
      {entryCount > entries.length && <p className="soft">{t('proof.first', { count: entries.length })}</p>}
      {failed !== undefined && (
        <div className="stack" style={{ '--gap': '0.4rem' } as React.CSSProperties}>
          {entries.map((index) => (
            <details
              key={index}
              onToggle={({ currentTarget: { open } }) =>
                open && setOpened((before) => (before.has(index) ? before : new Set([...before, index])))
              }
            >
              <summary>
                {t('proof.number', { index: number(index + 1, i18n.language) })}
                {failed.has(index) && `: ${t('proof.notOk')}`}
              </summary>
              {opened.has(index) && (
                <div style={{ paddingBlock: '0.5rem', paddingInlineStart: '1.1rem' }}>
                  <ProofOf place={{ customer, log: 'access', index, generation }} />
                </div>
              )}
            </details>
          ))}
        </div>
      )}
      <p className="soft">{t('proof.limits')}</p>
    </div>
  );
}
