import { useTitle } from '../hooks/useTitle.ts';

/** A page: its name, one sentence, what one does here, and the rest. */
export function Page({
  title,
  lead,
  actions,
  children,
}: {
  readonly title: string;
  readonly lead?: React.ReactNode;
  readonly actions?: React.ReactNode;
  readonly children: React.ReactNode;
}) {
  useTitle(title);
  return (
    <div className="stack" style={{ '--gap': '1.75rem' } as React.CSSProperties}>
      <div className="row between">
        <div className="stack" style={{ '--gap': '0.25rem' } as React.CSSProperties}>
          <h1>{title}</h1>
          {lead && <p className="soft prose">{lead}</p>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
