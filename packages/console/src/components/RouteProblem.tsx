import { Problem } from './Problem.tsx';

export function RouteProblem({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  return (
    <main className="main">
      <Problem error={error} onRetry={reset} />
    </main>
  );
}
