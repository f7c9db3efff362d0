/** Why personal data is read: a code from this catalogue, never a free text. */
export interface Purpose {
  readonly code: string;
  readonly de: string;
  readonly en: string;
  /** Article 6(1) GDPR, or the article that demands it. */
  readonly legalBasis: string;
}

export const purposes: readonly Purpose[] = [
  { code: 'service', de: 'Leistung erbringen', en: 'Provide the service', legalBasis: 'gdpr-6-1-b' },
  { code: 'customer_request', de: 'Anfrage des Kunden', en: 'Request of the customer', legalBasis: 'gdpr-6-1-b' },
  { code: 'person_request', de: 'Anfrage der Person', en: 'Request of the person', legalBasis: 'gdpr-15' },
  { code: 'billing', de: 'Abrechnung', en: 'Billing', legalBasis: 'gdpr-6-1-b' },
  { code: 'diagnosis', de: 'Störung untersuchen', en: 'Diagnose a malfunction', legalBasis: 'gdpr-6-1-f' },
  { code: 'security_review', de: 'Sicherheitsprüfung', en: 'Security review', legalBasis: 'gdpr-6-1-f' },
  { code: 'alert', de: 'Alarm nachgehen', en: 'Follow up an alert', legalBasis: 'gdpr-6-1-f' },
  { code: 'legal_demand', de: 'Rechtliche Verpflichtung', en: 'Legal obligation', legalBasis: 'gdpr-6-1-c' },
  { code: 'vital_interest', de: 'Schutz von Leib und Leben', en: 'Protection of life', legalBasis: 'gdpr-6-1-d' },
  { code: 'portability', de: 'Daten mitnehmen', en: 'Take the data along', legalBasis: 'gdpr-20' },
  {
    code: 'account_administration',
    de: 'Konten verwalten',
    en: 'Administer accounts',
    legalBasis: 'gdpr-6-1-f',
  },
  { code: 'sign_in', de: 'Anmelden', en: 'Sign in', legalBasis: 'gdpr-6-1-b' },
  { code: 'notification', de: 'Benachrichtigen', en: 'Notify', legalBasis: 'gdpr-6-1-c' },
  {
    code: 'migration',
    de: 'Übernahme aus einem anderen System',
    en: 'Move from another system',
    legalBasis: 'gdpr-6-1-b',
  },
];

const byCode = new Map(purposes.map((purpose) => [purpose.code, purpose]));

export function purposeOf(code: string): Purpose | undefined {
  return byCode.get(code);
}
