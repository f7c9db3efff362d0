/** The page for machines, and for those who read text: they say what the HTML says. */
import { titleOf } from '../claims/references.ts';
import { type PageView, shownOf } from './page-model.ts';
import { type Language, reasons, wordsOf } from './page-words.ts';

/** @param frame `entries`: where the words of each sentence stand in the page log. */
export function pageJson(
  view: PageView,
  frame: { readonly url: string; readonly logKey: string; readonly entries: ReadonlyMap<string, number> },
) {
  return {
    at: view.at.toISOString(),
    operator: view.operator ?? null,
    url: frame.url,
    log: {
      key: frame.logKey,
      checkpoint: `${frame.url}/log/page/checkpoint`,
      proofs: `${frame.url}/log/page/proof/{index}`,
    },
    count: view.count,
    practices: view.practices.map(({ id, title, verdict, sentences }) => ({
      id,
      title,
      verdict,
      sentences: sentences.map((sentence) => ({
        id: sentence.id,
        text: sentence.text,
        verdict: sentence.verdict,
        shown: sentence.shown,
        index: frame.entries.get(sentence.id) ?? -1,
        claims: sentence.claims.map(({ claim, verdict: own, reason, proof, attestation, past }) => ({
          id: claim.id,
          predicate: claim.predicate,
          grade: claim.grade,
          verdict: own,
          reason: reason ?? null,
          limits: claim.limits,
          missing: claim.grade === 'unknown' ? claim.missing : null,
          references: claim.references.map((one) => ({ ...one, title: titleOf(one) })),
          history: past.flatMap(({ from, to, verdict: then }) =>
            then === undefined ? [] : [{ from, to, verdict: then }],
          ),
          probe:
            claim.grade === 'measured'
              ? {
                  id: claim.probe.id,
                  version: claim.probe.version,
                  budgetMs: claim.budgetMs,
                  everyMs: claim.probe.everyMs,
                }
              : null,
          byHand: claim.grade === 'unknown' ? (claim.byHand ?? null) : null,
          attestation:
            attestation === undefined
              ? null
              : {
                  index: attestation.index,
                  grade: attestation.grade,
                  by: attestation.by,
                  text: attestation.text,
                  document: attestation.document ?? null,
                  at: attestation.at.toISOString(),
                  until: attestation.until.toISOString(),
                },
          proof:
            proof === undefined
              ? null
              : {
                  index: proof.index,
                  verdict: proof.verdict,
                  probe: proof.probe,
                  version: proof.probeVersion,
                  observedAt: proof.observedAt.toISOString(),
                  counts: proof.counts,
                },
        })),
      })),
    })),
  };
}

export function pageMarkdown(view: PageView, language: Language, form: 'du' | 'sie'): string {
  const { t } = wordsOf(language, form);
  const lines = [
    `# ${view.operator ?? 'Obhut'}: ${t('heading')}`,
    '',
    t('lead'),
    '',
    `${t('checked')} ${view.at.toISOString()} · ${view.count.holds} ${t('holds')} · ${view.count.attested} ${t('attested')} · ${view.count.declared} ${t('declared')} · ${view.count.fails} ${t('fails')} · ${view.count.unknown} ${t('unknown')}`,
  ];
  for (const practice of view.practices) {
    lines.push('', `## ${practice.title[language]}: ${t(practice.verdict)}`);
    for (const sentence of practice.sentences) {
      lines.push('', sentence.text[language], '');
      for (const view of sentence.claims) {
        const { claim, reason, proof, attestation } = view;
        const shown = shownOf(view);
        const why = reason === undefined ? '' : ` (${reasons[reason]?.[language] ?? reason})`;
        const index = proof?.index ?? (shown === 'unknown' ? undefined : attestation?.index);
        const where = index === undefined ? '' : ` · /log/page/proof/${index}`;
        lines.push(`- **${t(shown)}**${why}: ${claim.predicate[language]}${where}`);
        if (attestation !== undefined && shown === attestation.grade)
          lines.push(
            `  ${attestation.by}: ${attestation.text[language]} (${t('until')} ${attestation.until.toISOString().slice(0, 10)}). ${t('notMeasured')}`,
          );
        else
          lines.push(
            claim.grade === 'unknown'
              ? `  ${t('missing')}: ${claim.missing[language]}`
              : `  ${t('limits')}: ${claim.limits[language]}`,
          );
      }
    }
  }
  return `${lines.join('\n')}\n`;
}
