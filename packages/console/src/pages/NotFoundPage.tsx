import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Door } from '../components/Door.tsx';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Door title={t('error.notFoundTitle')} lead={t('error.notFoundText')}>
      <Link to="/konsole">{t('nav.overview')}</Link>
    </Door>
  );
}
