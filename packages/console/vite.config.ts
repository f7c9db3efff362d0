import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The server puts its nonce in place of this word, anew for each answer. */
export const noncePlaceholder = '__CSP_NONCE__';

export default defineConfig({
  root: import.meta.dirname,
  base: '/assets/console/',
  plugins: [react()],
  html: { cspNonce: noncePlaceholder },
  build: {
    // No data: URIs, so that the policy need not allow them.
    assetsInlineLimit: 0,
    assetsDir: '',
    manifest: false,
    sourcemap: false,
    target: 'es2024',
    // The console, and the script with which visitors verify the public page.
    rollupOptions: { input: { console: 'index.html', verify: 'src/page/verify.ts' } },
  },
  logLevel: 'warn',
});
