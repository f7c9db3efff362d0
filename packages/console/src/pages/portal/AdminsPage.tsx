import { useTranslation } from 'react-i18next';
import { MemberList } from '../../components/MemberList.tsx';
import { Page } from '../../components/Page.tsx';
import { useSession } from '../../hooks/useSession.ts';

export function AdminsPage() {
  const { t } = useTranslation();
  const { customer } = useSession();
  return (
    <Page title={t('team.adminsTitle')} lead={t('team.adminsLead')}>
      <MemberList
        title={customer?.label ?? t('team.adminsTitle')}
        path={`/v1/customers/${customer?.id}/admins`}
        pick="admins"
        manages
        unlocks
      />
    </Page>
  );
}
