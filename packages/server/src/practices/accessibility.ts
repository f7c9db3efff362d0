/**
 * The statement on accessibility, in the parts that are usual in Germany (BITV 2.0, section 7; BFSG, annex 3): what it is
 * about, how far it conforms, what does not, when and how that was found out, where to report, who decides in a dispute.
 */
import type { Text } from '../claims/vocabulary.ts';

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
      de: 'Angestrebt sind die Anforderungen der WCAG 2.2, Stufe AA (EN 301 549; BITV 2.0); wie weit sie erfüllt sind, ist noch nicht vollständig bewertet. Die Seite ist ohne JavaScript vollständig und auf 360 Pixel Breite lesbar, hell und dunkel; kein Stand wird nur durch Farbe gesagt.',
      en: 'WCAG 2.2, level AA (EN 301 549; BITV 2.0), is what is aimed at; how far it is met has not been assessed in full. The page is complete without JavaScript and reads at a width of 360 pixels, light and dark; no state is told by colour alone.',
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
      de: 'Mit jeder Änderung am Programm durch automatische Prüfungen im Browser (axe), in beiden Sprachen. Sie finden nicht alles. Von Hand, mit Tastatur und Vorleseprogramm, hat die Seite noch niemand ganz durchgesehen. Diese Erklärung wurde zuletzt am 25.11.2026 überarbeitet.',
      en: 'With each change of the program by automatic checks in a browser (axe), in both languages. They do not find everything. By hand, with keyboard and screen reader, nobody has gone through the whole page yet. This statement was last revised on 25 November 2026.',
    },
  },
];

/** Where to report a barrier stands in the section on contact; who decides where no answer comes. */
export const accessibilityReport: Text = {
  de: 'Stößt du auf eine Barriere, melde sie an die Adresse unter „So erreichst du uns“. Bekommst du keine Antwort, hilft bei Stellen des Bundes die Schlichtungsstelle nach § 16 BGG, bei Unternehmen, die unter das Barrierefreiheitsstärkungsgesetz fallen, die Marktüberwachungsstelle der Länder (MLBF) in Magdeburg.',
  en: 'If you meet a barrier, report it to the address under “How to reach us”. Where no answer comes, the arbitration board by section 16 BGG helps with federal bodies, and the market surveillance authority of the German states (MLBF) in Magdeburg with companies under the Accessibility Strengthening Act (BFSG).',
};
