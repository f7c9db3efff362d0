export type StateKind = 'holds' | 'waiting' | 'fails' | 'unknown' | 'attested' | 'declared';

const ring = <circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" strokeWidth="1.6" />;

const shapes: Readonly<Record<StateKind, React.ReactNode>> = {
  holds: (
    <>
      <circle cx="8" cy="8" r="8" fill="currentColor" />
      <path d="M4.4 8.3l2.4 2.4 4.8-5" fill="none" stroke="var(--surface)" strokeWidth="1.8" />
    </>
  ),
  waiting: <circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" strokeWidth="2.2" />,
  fails: <rect x="1" y="1" width="14" height="14" rx="2" fill="currentColor" />,
  unknown: <circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" strokeWidth="1.8" strokeDasharray="3 2.4" />,
  attested: (
    <>
      {ring}
      <path d="M4.9 8.2l2.2 2.2 4-4.4" fill="none" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
  declared: (
    <>
      {ring}
      <path d="M5 8h6" fill="none" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
};

/** A state: colour, shape and word together, so that none of them is needed alone. */
export function State({ kind, children }: { readonly kind: StateKind; readonly children: React.ReactNode }) {
  return (
    <span className={`state ${kind}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {shapes[kind]}
      </svg>
      {children}
    </span>
  );
}
