import { useTranslation } from 'react-i18next';
import { MemberList } from '../components/MemberList.tsx';
import { Page } from '../components/Page.tsx';
import { useSession } from '../hooks/useSession.ts';

export function TeamPage() {
  const { t } = useTranslation();
  const { rights } = useSession();
  return (
    <Page title={t('team.title')} lead={t('team.lead')}>
      <MemberList
        title={t('team.people')}
        path="/v1/staff"
        pick="staff"
        manages={rights.includes('staff.manage')}
        unlocks={rights.includes('staff.unlock')}
      />
    </Page>
  );
}
