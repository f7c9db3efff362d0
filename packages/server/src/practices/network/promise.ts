import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

const hosts = {
  de: 'Obhut kennt die Server noch nicht und misst nichts auf ihnen.',
  en: 'Obhut does not know the hosts yet and measures nothing on them.',
};

export function createNetwork(): Practice {
  return practice('network', { de: 'Netzwerkschutz', en: 'Network protection' }, [
    open(
      'network.monitoring',
      ['S31'],
      { de: 'Wir überwachen und protokollieren unsere Systeme.', en: 'We monitor and log our systems.' },
      {
        de: 'Das zentrale Protokoll gibt es noch nicht.',
        en: 'There is no central log yet.',
      },
    ),
    open(
      'network.server-access',
      ['S32'],
      {
        de: 'Jeder Zugang zu einem Server der Produktion braucht zwei Faktoren.',
        en: 'Every access to a server of production takes two factors.',
      },
      hosts,
    ),
    open(
      'network.firewalls',
      ['S33'],
      { de: 'Firewalls lassen nur durch, was erklärt ist.', en: 'Firewalls let through only what is declared.' },
      hosts,
    ),
  ]);
}
