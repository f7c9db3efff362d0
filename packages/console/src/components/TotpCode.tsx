import { useTranslation } from 'react-i18next';
import { renderSVG } from 'uqr';

/** The secret of an authenticator app, as a picture and as text. */
export function TotpCode({ secret, uri }: { readonly secret: string; readonly uri: string }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p>{t('join.scan')}</p>
      <div className="qr" role="img" aria-label={t('join.scan')} ref={(element) => draw(element, uri)} />
      <p>
        <span className="soft">{t('join.secret')}: </span>
        <span className="mono">{secret.replace(/(.{4})(?=.)/g, '$1 ')}</span>
      </p>
    </div>
  );
}

function draw(element: HTMLDivElement | null, uri: string): void {
  // Made here from our own text: nothing of it comes from anywhere else.
  if (element !== null) element.innerHTML = renderSVG(uri, { border: 0 });
}
