import { describe, expect, it } from 'vitest';
import { localPath } from './local-path.ts';

describe('where somebody is led after signing in', () => {
  it.each(['/konsole', '/konsole/team', '/portal/anfragen/6f0c9f3e-0000-4000-8000-000000000000'])(
    '%s is ours',
    (path) => {
      expect(localPath(path)).toBe(path);
    },
  );

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/konsole//evil.example',
    '/konsole/..//evil.example',
    '/konsole@evil.example',
    '/anmelden',
    '/',
    '',
    'javascript:alert(1)',
    undefined,
    7,
  ])('%s is not', (path) => {
    expect(localPath(path)).toBeUndefined();
  });
});
