/** The page for machines, and for those who read text: they say what the HTML says. */
import { titleOf } from '../claims/references.ts';
import { type ClaimView, type PageView, type Shown, shownOf } from './page-model.ts';
import { type Block, type PartsFrame, partsOf } from './page-parts.ts';
import { reasons, wordsOf } from './page-words.ts';

/** @param frame `entries`: where the words of each sentence stand in the page log. */
export function pageJson(
  view: PageView,
  frame: Omit<PartsFrame, 'language'> & { readonly entries: ReadonlyMap<string, number> },
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
    parts: { de: partsOf({ ...frame, language: 'de' }), en: partsOf({ ...frame, language: 'en' }) },
    imprint: frame.own?.imprint ?? null,
    privacy: frame.own?.privacy ?? null,
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
        claims: sentence.claims.map(({ claim, verdict: own, reason, proof, attestation, figures, past }) => ({
          id: claim.id,
          predicate: claim.predicate,
          grade: claim.grade,
          verdict: own,
          reason: reason ?? null,
          figures: figures ?? null,
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

/** A block as Markdown: its text cannot become a heading or a list of ours. */
function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'text':
    case 'note':
      return block.text;
    case 'heading':
      return `### ${block.text}`;
    case 'command':
      return `\`\`\`sh\n${block.text}\n\`\`\``;
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'link':
      return `<${block.href.replace('mailto:', '')}>`;
    case 'more':
      return `### ${block.title}\n\n\`\`\`sh\n${block.command}\n\`\`\``;
  }
}

export function pageMarkdown(view: PageView, frame: PartsFrame): string {
  const { language, form, own } = frame;
  const { t } = wordsOf(language, form);
  const day = (at: Date) => at.toISOString().slice(0, 10);
  const word = (verdict: Shown | undefined) =>
    t(
      verdict === undefined
        ? 'notMeasuredThen'
        : verdict === 'holds'
          ? 'held'
          : verdict === 'fails'
            ? 'heldNot'
            : 'unknown',
    );

  /** From the first measurement on, the newest first. */
  function past({ past: runs }: ClaimView): string[] {
    const measured = runs.findIndex(({ verdict }) => verdict !== undefined);
    if (measured === -1) return [];
    const told = runs
      .slice(measured)
      .toReversed()
      .map(({ from, to, verdict }) => `${from === to ? from : `${from} – ${to}`} ${word(verdict)}`);
    return [`  ${t('history')}: ${told.join('; ')}`];
  }

  function claimLines(one: ClaimView): string[] {
    const { claim, reason, proof, attestation } = one;
    const shown = shownOf(one);
    const why = reason === undefined ? '' : ` (${reasons[reason]?.[language] ?? reason})`;
    const index = proof?.index ?? (shown === 'unknown' ? undefined : attestation?.index);
    const where = index === undefined ? '' : ` · ${frame.url}/log/page/proof/${index}`;
    const when = proof === undefined ? '' : ` · ${t('measured')} ${proof.observedAt.toISOString()}`;
    const head = `- **${t(shown)}**${why}: ${claim.predicate[language]}${when}${where}`;
    if (attestation !== undefined && shown === attestation.grade) {
      const document = attestation.document === undefined ? [] : [`  ${t('document')}: ${attestation.document}`];
      const said = `  ${attestation.by}: ${attestation.text[language]} (${t('until')} ${day(attestation.until)}). ${t('notMeasured')}`;
      return [head, said, ...document];
    }
    const references = claim.references.map((ref) => ` · ${ref.catalogue} ${ref.id} ${titleOf(ref)}`).join('');
    const limits =
      claim.grade === 'unknown'
        ? `  ${t('missing')}: ${claim.missing[language]}`
        : `  ${t('limits')}: ${claim.limits[language]}${references}`;
    const told = one.figures === undefined ? [] : [`  ${one.figures[language]}`];
    return [head, ...told, limits, ...past(one)];
  }

  const { count } = view;
  const sum = (['holds', 'attested', 'declared', 'fails', 'unknown'] as const).map((one) => `${count[one]} ${t(one)}`);
  const lines = [
    `# ${view.operator ?? 'Obhut'}: ${t('heading')}`,
    '',
    t('lead'),
    '',
    `${t('checked')} ${view.at.toISOString()} · ${sum.join(' · ')}`,
  ];
  for (const { title, verdict, partly, sentences } of view.practices) {
    lines.push('', `## ${title[language]}: ${partly ? t('partly') : t(verdict)}`);
    for (const { text, claims } of sentences) lines.push('', text[language], '', ...claims.flatMap(claimLines));
  }
  for (const { title, blocks } of partsOf(frame))
    lines.push('', `## ${title}`, ...blocks.flatMap((one) => ['', blockMarkdown(one)]));
  if (own?.imprint !== undefined) lines.push('', `[${t('imprint')}](${own.imprint})`);
  if (own?.privacy !== undefined) lines.push('', `[${t('privacy')}](${own.privacy})`);
  return `${lines.join('\n')}\n`;
}
