import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '../api/http.ts';
import { untilSigned } from '../proof/patience.ts';
import { save } from '../save.ts';
import { Problem } from './Problem.tsx';
import { ProofSteps } from './ProofSteps.tsx';

export interface EntryPlace {
  readonly customer: string;
  readonly log: 'access' | 'orders' | 'operator';
  readonly index: number;
  /** Of that log; the newest when absent. */
  readonly generation?: number | undefined;
}

/** Fetches the proof of an entry and the log's key, and lets this browser compute. */
export function ProofDialog({
  place,
  onClose,
}: {
  readonly place: EntryPlace | undefined;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={place !== undefined}
      onClose={onClose}
      title={t('proof.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {place && <ProofOf place={place} />}
    </Modal>
  );
}

export function ProofOf({ place: { customer, log, index, generation } }: { readonly place: EntryPlace }) {
  const { t } = useTranslation();
  const base = `/v1/customers/${customer}/journal`;
  const which = `log=${log}${generation === undefined ? '' : `&generation=${generation}`}`;
  const proof = useQuery({
    queryKey: ['proof', customer, log, generation, index],
    queryFn: async () => {
      // Loaded when the first proof is checked.
      const { checkProof } = await import('../proof/check.ts');
      const [file, { key }] = await Promise.all([
        api.text(`${base}/${index}/proof?${which}`),
        api.get<{ key: string }>(`${base}?${which}&limit=1`),
      ]);
      return { file, key, checked: await checkProof(file, key) };
    },
    ...untilSigned,
    gcTime: 0,
  });
  if (proof.isError) {
    const isOurs = !(proof.error instanceof ApiError);
    return isOurs ? (
      <p role="alert">
        <strong>{t('proof.failed', { reason: proof.error.message })}</strong>
      </p>
    ) : (
      <Problem error={proof.error} onRetry={() => void proof.refetch()} />
    );
  }
  if (proof.data === undefined) return <p className="soft">{t('common.loading')}</p>;
  const { file, key, checked } = proof.data;
  return (
    <div className="stack">
      <p className="soft">{t('proof.lead')}</p>
      <ProofSteps checked={checked} />
      <details>
        <summary>{t('proof.content')}</summary>
        <pre className="entry mono">{JSON.stringify(JSON.parse(checked.entry), null, 2)}</pre>
      </details>
      <p className="soft">
        {t('proof.key')} <span className="mono">{key}</span>
      </p>
      <div className="row">
        <Button variant="default" onClick={() => save(`${log}-${index}.tlog-proof`, file, 'text/plain')}>
          {t('proof.file')}
        </Button>
        <span className="soft mono">{t('proof.offline')}</span>
      </div>
    </div>
  );
}
