import { Button, FileInput, Modal, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { PageClaim } from '../api/types.ts';
import { day } from '../format.ts';
import { useAct } from '../hooks/useAct.ts';
import { Problem } from './Problem.tsx';
import { State } from './State.tsx';

interface VouchDialogProps {
  readonly claim: PageClaim | undefined;
  readonly language: 'de' | 'en';
  readonly onClose: () => void;
}

/** What nothing measures, somebody vouches for: who, in which words, until when, and with which document. */
export function VouchDialog({ claim, language, onClose }: VouchDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={claim !== undefined}
      onClose={onClose}
      size="lg"
      title={t('claims.vouch')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {claim && <VouchForm key={claim.id} claim={claim} language={language} onClose={onClose} />}
    </Modal>
  );
}

async function sha256(file: File): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function VouchForm({ claim, language, onClose }: VouchDialogProps & { readonly claim: PageClaim }) {
  const { t } = useTranslation();
  const grade = claim.byHand ?? 'declared';
  const old = claim.attestation;
  const [by, setBy] = useState(old?.by ?? '');
  const [text, setText] = useState({ de: old?.text.de ?? '', en: old?.text.en ?? '' });
  const [until, setUntil] = useState('');
  const [document, setDocument] = useState<File | null>(null);
  const publish = useAct(async () =>
    api.put(`/v1/claims/${claim.id}/attestation`, {
      by,
      text,
      until,
      ...(document !== null && { document: await sha256(document) }),
    }),
  );
  const complete = by !== '' && text[language] !== '' && until !== '';
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        publish.mutate(undefined, { onSuccess: onClose });
      }}
    >
      <p>{claim.predicate[language]}</p>
      <p className="soft">{t(`claims.about_${grade}`)}</p>
      {publish.isError && <Problem error={publish.error} />}
      <TextInput
        label={t('claims.by')}
        description={t('claims.byHint')}
        value={by}
        minLength={3}
        maxLength={120}
        required
        data-autofocus
        onChange={({ currentTarget }) => setBy(currentTarget.value)}
      />
      {(['de', 'en'] as const).map((one) => (
        <Textarea
          key={one}
          label={t(`claims.text_${one}`)}
          lang={one}
          value={text[one]}
          minLength={3}
          maxLength={600}
          autosize
          minRows={2}
          required
          onChange={({ currentTarget }) => setText({ ...text, [one]: currentTarget.value.replaceAll(/\s+/g, ' ') })}
        />
      ))}
      <TextInput
        type="date"
        label={t('claims.until')}
        description={t(`claims.untilHint_${grade}`)}
        value={until}
        required
        onChange={({ currentTarget }) => setUntil(currentTarget.value)}
      />
      <FileInput
        label={t('claims.document')}
        description={t('claims.documentHint')}
        placeholder={t('claims.documentNone')}
        value={document}
        clearable
        clearButtonProps={{ 'aria-label': t('claims.documentClear') }}
        required={grade === 'attested'}
        onChange={setDocument}
      />
      {complete && (
        <div className="panel stack" style={{ '--gap': '0.35rem' } as React.CSSProperties}>
          <span className="soft">{t('claims.preview')}</span>
          <State kind={grade}>{t(`claims.${grade}`)}</State>
          <span>
            {by}: {text[language]} ({t('claims.validUntil', { day: day(`${until}T12:00:00Z`, language) })})
          </span>
        </div>
      )}
      <Button type="submit" loading={publish.isPending}>
        {t('claims.publish')}
      </Button>
    </form>
  );
}
