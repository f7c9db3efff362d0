/**
 * The statement on accessibility, in the parts that are usual in Germany (BITV 2.0, section 7; BFSG, annex 3): what it is
 * about, how far it conforms, what does not, when and how that was found out, where to report, who decides in a dispute.
 */
import type { Text } from '../claims/vocabulary.ts';

/** When somebody last went through it by hand; the machine looks with every change. */
const assessedOn = '2026-11-25';

export interface AccessibilityPart {
  readonly title: Text;
  readonly text: Text;
  readonly list?: readonly Text[];
}

export const accessibilityParts: readonly AccessibilityPart[] = [
  {
    title: { de: 'Wofür das gilt', en: 'What this is about' },
    text: {
      de: 'Für diese Seite in beiden Sprachen, und für Konsole und Portal, die zu ihr gehören. Für verlinkte Seiten anderer gilt es nicht.',
      en: 'This page in both languages, and the console and portal that belong to it. Not the pages of others that it links to.',
    },
  },
  {
    title: { de: 'Stand der Vereinbarkeit', en: 'State of conformity' },
    text: {
      de: 'Teilweise vereinbar mit den Anforderungen der WCAG 2.2, Stufe AA (EN 301 549; BITV 2.0). Die Seite ist ohne JavaScript vollständig, mit Tastatur und Vorleseprogramm bedienbar, auf 360 Pixel Breite lesbar, hell und dunkel; kein Stand wird nur durch Farbe gesagt.',
      en: 'Partly conforms to WCAG 2.2, level AA (EN 301 549; BITV 2.0). The page is complete without JavaScript, can be used with keyboard and screen reader, reads at a width of 360 pixels, light and dark; no state is told by colour alone.',
    },
  },
  {
    title: { de: 'Was nicht barrierefrei ist', en: 'What is not accessible' },
    text: { de: 'Das wissen wir:', en: 'This we know of:' },
    list: [
      {
        de: 'Prüfwerte und Schlüssel sind lange Zeichenfolgen. Ein Vorleseprogramm liest sie Zeichen für Zeichen; der Satz danach sagt, was sie bedeuten.',
        en: 'Digests and keys are long strings. A screen reader reads them sign by sign; the sentence after them says what they mean.',
      },
      {
        de: 'Eine Fassung in Leichter Sprache und in Deutscher Gebärdensprache gibt es nicht.',
        en: 'There is no version in easy language and none in German Sign Language.',
      },
      {
        de: 'Logo und eigener Absatz des Betreibers werden nicht geprüft; das Logo wird mit dem Namen vorgelesen.',
        en: "The operator's logo and own paragraph are not checked; the logo is read out as the name.",
      },
      {
        de: 'Menschen mit Behinderungen haben die Seite noch nicht erprobt.',
        en: 'People with disabilities have not tried the page yet.',
      },
    ],
  },
  {
    title: { de: 'Wie und wann das festgestellt wurde', en: 'How and when this was found out' },
    text: {
      de: `Durch Selbstbewertung am ${assessedOn.split('-').reverse().join('.')}, und mit jeder Änderung am Programm durch automatische Prüfungen im Browser (axe). Automatische Prüfungen finden nicht alles.`,
      en: `By our own assessment on ${assessedOn}, and with each change of the program by automatic checks in a browser (axe). Automatic checks do not find everything.`,
    },
  },
];

/** Where to report a barrier stands in the section on contact; who decides where no answer comes. */
export const accessibilityReport: Text = {
  de: 'Stößt du auf eine Barriere, melde sie an die Adresse unter „So erreichst du uns“. Bekommst du keine Antwort, hilft bei Stellen des Bundes die Schlichtungsstelle nach § 16 BGG, bei Unternehmen, die unter das Barrierefreiheitsstärkungsgesetz fallen, die Marktüberwachungsstelle der Länder (MLBF) in Magdeburg.',
  en: 'If you meet a barrier, report it to the address under “How to reach us”. Where no answer comes, the arbitration board by section 16 BGG helps with federal bodies, and the market surveillance authority of the German states (MLBF) in Magdeburg with companies under the Accessibility Strengthening Act (BFSG).',
};
