import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/http.ts';
import type { Collection, Grant, GrantPurpose } from '../api/types.ts';
import { type FieldChoice, FieldPicker } from '../components/FieldPicker.tsx';
import { Load } from '../components/Load.tsx';
import { Page } from '../components/Page.tsx';
import { Problem } from '../components/Problem.tsx';
import { useAct } from '../hooks/useAct.ts';
import { useCustomers } from '../hooks/useCustomers.ts';

const purposes: readonly GrantPurpose[] = ['customer_request', 'diagnosis', 'security_review', 'legal_demand', 'alert'];
const durations = [15, 30, 60, 120, 240, 480];

export function GrantFormPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { kunde } = useSearch({ from: '/konsole/freigaben/neu' });
  const [chosen, setChosen] = useState<string | undefined>(kunde);
  const [fields, setFields] = useState<FieldChoice>({});
  const [emergency, setEmergency] = useState(false);
  const customers = useCustomers();
  const customer = chosen ?? customers.data?.[0]?.id;
  const collections = useQuery({
    queryKey: ['collections', customer],
    queryFn: () => api.get<{ collections: Collection[] }>(`/v1/customers/${customer}/collections`),
    enabled: customer !== undefined,
  });
  const ask = useAct((body: object) => api.post<Grant>('/v1/grants', body));

  function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const persons = String(form.get('persons')).split(/\s+/).filter(Boolean);
    const body = {
      customer,
      collections: Object.entries(fields).map(([collection, picked]) => ({ collection, fields: picked })),
      persons: persons.length === 0 ? null : persons.map((person) => person.toLowerCase()),
      purpose: form.get('purpose'),
      ticket: form.get('ticket'),
      justification: form.get('justification'),
      telemetry: form.get('telemetry'),
      minutes: Number(form.get('minutes')),
      emergency,
    };
    ask.mutate(body, {
      onSuccess: ({ id }) => void navigate({ to: '/konsole/freigaben/$grant', params: { grant: id } }),
    });
  }

  const length = (minutes: number) =>
    minutes < 60
      ? t('grants.form.minutesUnit', { count: minutes })
      : t('grants.form.hoursUnit', { count: minutes / 60 });
  return (
    <Page title={t('grants.form.title')} lead={t('grants.form.lead')}>
      <form
        className="stack"
        style={{ maxWidth: '40rem', '--gap': '1.25rem' } as React.CSSProperties}
        onSubmit={submit}
      >
        <NativeSelect
          label={t('grants.form.customer')}
          value={customer ?? ''}
          onChange={(event) => {
            setChosen(event.currentTarget.value);
            setFields({});
          }}
          data={(customers.data ?? []).map(({ id, label }) => ({ value: id, label }))}
          required
        />
        {customer !== undefined && (
          <Load query={collections}>
            {({ collections: all }) => <FieldPicker collections={all} value={fields} onChange={setFields} />}
          </Load>
        )}
        <Textarea
          name="persons"
          label={t('grants.form.persons')}
          description={t('grants.form.personsHint')}
          autosize
          minRows={2}
        />
        <NativeSelect
          name="purpose"
          label={t('grants.form.purpose')}
          data={purposes.map((value) => ({ value, label: t(`purpose.${value}`) }))}
        />
        <TextInput
          name="ticket"
          label={t('grants.form.ticket')}
          description={t('grants.form.ticketHint')}
          maxLength={200}
          required
        />
        <Textarea
          name="justification"
          label={t('grants.form.justification')}
          description={t('grants.form.justificationHint')}
          minLength={20}
          maxLength={2_000}
          autosize
          minRows={3}
          required
        />
        <Textarea
          name="telemetry"
          label={t('grants.form.telemetry')}
          minLength={10}
          maxLength={1_000}
          autosize
          minRows={2}
          required
        />
        <NativeSelect
          name="minutes"
          label={t('grants.form.minutes')}
          defaultValue="60"
          data={durations.map((minutes) => ({ value: String(minutes), label: length(minutes) }))}
        />
        <Checkbox
          checked={emergency}
          onChange={(event) => setEmergency(event.currentTarget.checked)}
          label={t('grants.form.emergency')}
          description={t('grants.form.emergencyHint')}
        />
        {ask.isError && <Problem error={ask.error} />}
        <div className="row">
          <Button type="submit" loading={ask.isPending} disabled={Object.keys(fields).length === 0}>
            {t('grants.form.submit')}
          </Button>
          {Object.keys(fields).length === 0 && <span className="soft">{t('grants.form.pick')}</span>}
        </div>
      </form>
    </Page>
  );
}
