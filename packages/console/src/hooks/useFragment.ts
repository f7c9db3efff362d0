import { useEffect, useState } from 'react';

const now = () => window.location.hash.slice(1);

/** What stands behind the `#`, which no server ever sees. Another link pasted over the first loads no new page: it is heard. */
export function useFragment(): string {
  const [fragment, setFragment] = useState(now);
  useEffect(() => {
    const again = () => setFragment(now());
    window.addEventListener('hashchange', again);
    return () => window.removeEventListener('hashchange', again);
  }, []);
  return fragment;
}
