import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '../api/http.ts';
import type { Collection, Grant } from '../api/types.ts';
import { Countdown } from '../components/Countdown.tsx';
import { Empty } from '../components/Empty.tsx';
import { Load } from '../components/Load.tsx';
import { MaskedRecords } from '../components/MaskedRecords.tsx';
import { Page } from '../components/Page.tsx';
import { Problem } from '../components/Problem.tsx';
import { useAct } from '../hooks/useAct.ts';
import { onGrant } from '../hooks/useGrantEvents.ts';

/** Closes at once when the grant is no longer active: what the server says, not what was true a moment ago. */
export function ViewerPage() {
  const { grant: id } = useParams({ from: '/konsole/freigaben/$grant/daten' });
  const client = useQueryClient();
  const { t } = useTranslation();
  const [closed, setClosed] = useState(false);
  const grant = useQuery({ queryKey: ['grant', id], queryFn: () => api.get<Grant>(`/v1/grants/${id}`) });

  useEffect(
    () =>
      onGrant(id, (state) => {
        if (state !== 'active') setClosed(true);
      }),
    [id],
  );
  // A refusal ends it as well: what was read before it is not true any more.
  const isRefused = grant.error instanceof ApiError && grant.error.status >= 400 && grant.error.status < 500;
  const isOpen = !closed && !isRefused && grant.data?.state === 'active';
  useEffect(() => {
    // What was shown is not kept anywhere, also not in memory.
    if (!isOpen) client.removeQueries({ queryKey: ['viewer', id] });
  }, [client, id, isOpen]);

  return (
    <Load query={grant}>
      {(data) =>
        isOpen ? (
          <OpenViewer grant={data} onClosed={() => setClosed(true)} />
        ) : (
          <Page title={t('viewer.closedTitle')}>
            <Empty title={t('viewer.closedTitle')} text={t('viewer.closedText')}>
              <Link to="/konsole/freigaben/$grant" params={{ grant: id }}>
                {t('grants.title')}
              </Link>
            </Empty>
          </Page>
        )
      }
    </Load>
  );
}

interface People {
  readonly people: readonly { readonly person: string }[];
  readonly next: string | null;
}

function OpenViewer({ grant, onClosed }: { readonly grant: Grant; readonly onClosed: () => void }) {
  const { t } = useTranslation();
  const base = `/v1/grants/${grant.id}`;
  const [collection, setCollection] = useState(grant.collections[0]?.collection ?? '');
  const [person, setPerson] = useState<string>();
  const collections = useQuery({
    queryKey: ['collections', grant.customer],
    queryFn: () => api.get<{ collections: Collection[] }>(`/v1/customers/${grant.customer}/collections`),
  });
  const people = useInfiniteQuery({
    queryKey: ['viewer', grant.id, 'people'],
    queryFn: ({ pageParam }) =>
      api.get<People>(`${base}/people?limit=50${pageParam === '' ? '' : `&after=${pageParam}`}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    gcTime: 0,
    meta: { once: true },
  });
  const find = useAct((body: { field: string; value: string }) =>
    api.post<{ found: { person: string }[] }>(`${base}/find`, { collection, ...body }),
  );
  const end = useAct(() => api.post(`${base}/end`));
  const definition = collections.data?.collections.find(({ name }) => name === collection)?.definition;
  const covered = grant.collections.find((one) => one.collection === collection)?.fields;
  const lookups = Object.entries(definition?.fields ?? {})
    .filter(([field, one]) => one.lookup === true && (covered == null || covered.includes(field)))
    .map(([field]) => field);
  const found = find.data?.found.map((one) => one.person);
  const shown = found ?? people.data?.pages.flatMap((page) => page.people.map((one) => one.person)) ?? [];
  if (people.error instanceof ApiError && people.error.code === 'grant_required') onClosed();

  return (
    <Page
      title={`${t('viewer.title')} · ${grant.customerLabel}`}
      lead={t('viewer.lead')}
      actions={
        <>
          {grant.endsAt !== null && <Countdown until={grant.endsAt} onOver={onClosed} />}
          <Button variant="default" onClick={() => end.mutate(undefined, { onSuccess: onClosed })}>
            {t('viewer.end')}
          </Button>
        </>
      }
    >
      <div className="row" style={{ alignItems: 'flex-end' }}>
        <NativeSelect
          label={t('viewer.collection')}
          value={collection}
          onChange={(event) => setCollection(event.currentTarget.value)}
          data={grant.collections.map((one) => one.collection)}
        />
        {lookups.length > 0 && (
          <form
            className="row"
            style={{ alignItems: 'flex-end' }}
            onSubmit={(event) => {
              event.preventDefault();
              const form = new FormData(event.currentTarget);
              find.mutate(
                { field: String(form.get('field')), value: String(form.get('value')) },
                { onSuccess: (answer) => setPerson(answer.found[0]?.person) },
              );
            }}
          >
            <NativeSelect name="field" label={t('viewer.find')} data={lookups} />
            <TextInput name="value" label={t('viewer.value')} autoComplete="off" required />
            <Button type="submit" variant="default" loading={find.isPending}>
              {t('viewer.search')}
            </Button>
          </form>
        )}
      </div>
      {find.isError && <Problem error={find.error} />}
      {found?.length === 0 && <p role="status">{t('viewer.noHit')}</p>}
      <div className="viewer">
        <section aria-labelledby="viewer-people" className="stack">
          <h2 id="viewer-people">{t('viewer.people')}</h2>
          {people.isSuccess && shown.length === 0 && <p className="soft">{t('viewer.noPeople')}</p>}
          <ul className="people">
            {shown.map((one) => (
              <li key={one}>
                <button type="button" className="pick" aria-pressed={person === one} onClick={() => setPerson(one)}>
                  <span className="mono">{one.slice(0, 8)}</span>
                </button>
              </li>
            ))}
          </ul>
          {people.hasNextPage && found === undefined && (
            <Button size="compact-sm" variant="default" onClick={() => void people.fetchNextPage()}>
              {t('common.more')}
            </Button>
          )}
        </section>
        <section aria-labelledby="viewer-records" className="stack">
          <h2 id="viewer-records">{t('viewer.records')}</h2>
          {person === undefined ? (
            <p className="soft">{t('viewer.choose')}</p>
          ) : (
            <MaskedRecords
              key={`${person}/${collection}`}
              grant={grant}
              person={person}
              collection={collection}
              onClosed={onClosed}
            />
          )}
        </section>
      </div>
    </Page>
  );
}
