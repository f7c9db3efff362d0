import { useTranslation } from 'react-i18next';
import { number } from '../format.ts';
import type { Checked } from '../proof/check.ts';
import { State } from './State.tsx';

/** The steps that this browser has computed, with their numbers. */
export function ProofSteps({ checked }: { readonly checked: Checked }) {
  const { t, i18n } = useTranslation();
  const shown = (value: string) => number(Number(value), i18n.language);
  const steps = [
    {
      text: t('proof.entry', { index: shown(String(Number(checked.index) + 1)), size: shown(checked.size) }),
      value: undefined,
    },
    { text: t('proof.leaf'), value: checked.leaf },
    { text: t('proof.path', { count: checked.steps }), value: checked.root },
    { text: t('proof.signature'), value: `${checked.origin} (${checked.keyId})` },
  ];
  return (
    <>
      <ol className="steps">
        {steps.map(({ text, value }) => (
          <li key={text}>
            {text}
            {value !== undefined && <div className="mono soft">{value}</div>}
          </li>
        ))}
      </ol>
      <p>
        <State kind="holds">
          <span className="wrap">{t('proof.ok')}</span>
        </State>
      </p>
      <p className="soft">{t('proof.limits')}</p>
    </>
  );
}
