import { useTranslation } from 'react-i18next';
import type { GrantState as Name } from '../api/types.ts';
import { State, type StateKind } from './State.tsx';

const kinds: Readonly<Record<Name, StateKind>> = {
  requested: 'waiting',
  agreed: 'waiting',
  active: 'holds',
  ended: 'unknown',
  expired: 'unknown',
  denied: 'fails',
  dead: 'unknown',
};

export function GrantState({ state }: { readonly state: Name }) {
  const { t } = useTranslation();
  return <State kind={kinds[state]}>{t(`grants.${state}`)}</State>;
}
