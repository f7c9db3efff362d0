/** Ids and official titles of the controls that claims refer to; never their text. */
import type { Reference } from './vocabulary.ts';

/** English titles, as the catalogues have them. */
const titles: Readonly<Record<Reference['catalogue'], Readonly<Record<string, string>>>> = {
  'C5:2020': {
    'CRY-03': 'Encryption of sensitive data for storage',
    'CRY-04': 'Secure key management',
    'OPS-10': 'Logging and Monitoring - Concept',
    'OPS-12': 'Logging and Monitoring - Access, Storage and Deletion',
  },
  'C5:2026': {
    'GC-01': 'Information on applicable law, jurisdiction, countries, partitions, regions, zones and locations',
    'IAM-06': 'Privileged Access Rights',
    'IAM-07': 'Access to Cloud Service Customer Data',
    'IAM-08': 'Authentication Mechanisms',
  },
  'ISO 27001:2022': {
    'A.5.17': 'Authentication information',
    'A.5.30': 'ICT readiness for business continuity',
    'A.8.2': 'Privileged access rights',
    'A.8.10': 'Information deletion',
    'A.8.13': 'Information backup',
    'A.8.14': 'Redundancy of information processing facilities',
    'A.8.15': 'Logging',
    'A.8.16': 'Monitoring activities',
    'A.8.24': 'Use of cryptography',
  },
  'SOC 2': {
    CC6: 'Logical and Physical Access Controls',
    CC7: 'System Operations',
  },
};

/** @throws RangeError for an id that the catalogue does not have: a test goes through all claims. */
export function titleOf({ catalogue, id }: Reference): string {
  const title = titles[catalogue][id];
  if (title === undefined) throw new RangeError(`${catalogue} has no ${id} that we know of`);
  return title;
}
