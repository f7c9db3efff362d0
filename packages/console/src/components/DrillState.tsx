import { useTranslation } from 'react-i18next';
import type { Drill } from '../api/types.ts';
import { State } from './State.tsx';

const kinds = { proven: 'holds', failed: 'fails', unknown: 'unknown', running: 'waiting' } as const;

const known = [
  'restored',
  'reached',
  'same',
  'erased',
  'living',
  'structure',
  'backup_damaged',
  'backup_missing',
  'drill_no_room',
  'drill_no_moment',
  'drill_site_away',
  'drill_unchecked',
  'drill_copy_left',
  'broke_off',
] as const;

/** How a drill ended, and why, where it did not end well. */
export function DrillState({ drill }: { readonly drill: Pick<Drill, 'state' | 'reason'> }) {
  const { t } = useTranslation();
  const { state, reason } = drill;
  const word = known.find((one) => one === reason);
  return (
    <>
      <State kind={kinds[state]}>{t(`recovery.state.${state}`)}</State>
      {reason !== null && (
        <div className="soft">
          {word === undefined ? t('recovery.why.other', { code: reason }) : t(`recovery.why.${word}`)}
        </div>
      )}
    </>
  );
}
