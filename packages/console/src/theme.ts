import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Petrol, from paper to ink: the accent of `docs/console.md`. */
const petrol: MantineColorsTuple = [
  '#eef6f7',
  '#dbeaec',
  '#b4d5da',
  '#8abfc8',
  '#6cc3d0',
  '#2f8592',
  '#0b5d6b',
  '#0a5360',
  '#084752',
  '#063941',
];

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: 6,
  colors: { petrol },
  autoContrast: true,
  fontFamily: '"Source Sans 3 Variable", system-ui, sans-serif',
  fontFamilyMonospace: '"IBM Plex Mono", ui-monospace, monospace',
  defaultRadius: 6,
  fontSizes: { xs: '0.875rem', sm: '0.9375rem', md: '1rem', lg: '1.125rem', xl: '1.25rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.5' },
  headings: { fontWeight: '600' },
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { transitionProps: { duration: 120 }, centered: true } },
    Table: { defaultProps: { verticalSpacing: 'sm' } },
  },
});
