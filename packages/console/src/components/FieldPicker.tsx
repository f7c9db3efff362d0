import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Collection } from '../api/types.ts';

/** By collection: the fields, or `null` for all of them. A collection that is not in it is not asked for. */
export type FieldChoice = Readonly<Record<string, readonly string[] | null>>;

interface FieldPickerProps {
  readonly collections: readonly Collection[];
  readonly value: FieldChoice;
  readonly onChange: (value: FieldChoice) => void;
}

/** Collections and their fields, to ask for no more than is needed. */
export function FieldPicker({ collections, value, onChange }: FieldPickerProps) {
  const { t } = useTranslation();

  function toggle(collection: string, on: boolean) {
    const { [collection]: _gone, ...rest } = value;
    onChange(on ? { ...rest, [collection]: null } : rest);
  }

  function pick(collection: string, fields: readonly string[], all: readonly string[]) {
    onChange({ ...value, [collection]: fields.length === all.length ? null : fields });
  }

  return (
    <fieldset className="stack panel" style={{ '--gap': '0.75rem' } as React.CSSProperties}>
      <legend>{t('grants.form.collections')}</legend>
      {collections.map(({ name, definition }) => {
        const all = Object.keys(definition.fields);
        const chosen = value[name];
        return (
          <div key={name} className="stack" style={{ '--gap': '0.4rem' } as React.CSSProperties}>
            <Checkbox
              checked={chosen !== undefined}
              onChange={(event) => toggle(name, event.currentTarget.checked)}
              label={<span className="mono">{name}</span>}
            />
            {chosen !== undefined && (
              <Checkbox.Group
                aria-label={name}
                value={[...(chosen ?? all)]}
                onChange={(fields) => fields.length > 0 && pick(name, fields, all)}
              >
                <div className="row" style={{ paddingLeft: '1.75rem' }}>
                  {all.map((field) => (
                    <Checkbox
                      key={field}
                      size="xs"
                      value={field}
                      label={
                        <>
                          <span className="mono">{field}</span>{' '}
                          <span className="soft">
                            {t(`customers.${definition.fields[field]?.class ?? 'personal'}`)}
                          </span>
                        </>
                      }
                    />
                  ))}
                </div>
              </Checkbox.Group>
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
