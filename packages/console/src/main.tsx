import '@mantine/core/styles.css';
import '@fontsource-variable/source-sans-3/index.css';
import '@fontsource/ibm-plex-mono/400.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/door.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { StepUpHost } from './components/StepUpHost.tsx';
import { startI18n } from './i18n/i18n.ts';
import { queryClient } from './query.ts';
import { router } from './router.tsx';
import { theme } from './theme.ts';

// What injects styles needs the nonce of this page (the policy allows no other).
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
setNonce(nonce);
startI18n();

const root = document.getElementById('root');
if (root === null) throw new Error('no root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <StepUpHost />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
