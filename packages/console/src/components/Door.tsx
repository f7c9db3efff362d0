import { useTitle } from '../hooks/useTitle.ts';
import { LanguageSwitch } from './LanguageSwitch.tsx';

/** Pages before the door: one thing in the middle, nothing around it. */
export function Door({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: React.ReactNode;
  readonly children: React.ReactNode;
}) {
  useTitle(title);
  return (
    <div className="door">
      <main className="stack" style={{ '--gap': '1.25rem' } as React.CSSProperties}>
        <div className="row between">
          <strong>Obhut</strong>
          <LanguageSwitch />
        </div>
        <div className="stack" style={{ '--gap': '0.25rem' } as React.CSSProperties}>
          <h1>{title}</h1>
          {lead && <p className="soft">{lead}</p>}
        </div>
        {children}
      </main>
    </div>
  );
}
