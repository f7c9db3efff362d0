import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import { Load } from './Load.tsx';

interface Policies {
  readonly hash: string;
  readonly files: readonly { readonly name: string; readonly text: string; readonly own: boolean }[];
}

/** The policies in force, to read. */
export function PolicyFiles() {
  const { t } = useTranslation();
  const policies = useQuery({ queryKey: ['policies'], queryFn: () => api.get<Policies>('/v1/policies') });
  return (
    <section className="stack" aria-labelledby="policies">
      <h2 id="policies">{t('settings.policies')}</h2>
      <p className="soft prose">{t('settings.policiesText')}</p>
      <Load query={policies}>
        {({ hash, files }) => (
          <>
            <p className="mono">{hash}</p>
            {files.map(({ name, text }) => (
              <details key={name} className="panel">
                <summary className="mono">{name}</summary>
                <pre className="entry mono">{text}</pre>
              </details>
            ))}
          </>
        )}
      </Load>
    </section>
  );
}
