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

/** What cannot be taken back: the red of a failed state, dark enough for white words on it. */
const red: MantineColorsTuple = [
  '#fbeeec',
  '#f5d9d6',
  '#ebb3ad',
  '#ef8a80',
  '#d9695d',
  '#bf3e31',
  '#a3261b',
  '#8c2017',
  '#741a13',
  '#5d150f',
];

/** Mantine's greys, warm as paper by day and of ink by night, so that its fields and buttons lie on the same ground. */
const gray: MantineColorsTuple = [
  '#faf8f4',
  '#f3efe8',
  '#eae5db',
  '#e4dfd5',
  '#cfc9bd',
  '#aaa79f',
  '#85898a',
  '#4f5e67',
  '#33424b',
  '#16232b',
];
const dark: MantineColorsTuple = [
  '#e9e6df',
  '#c6cbcb',
  '#a9b4b9',
  '#7f8d94',
  '#46545b',
  '#2c373d',
  '#1a2328',
  '#12191d',
  '#0e1417',
  '#0a0f11',
];

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: 6,
  colors: { petrol, red, gray, dark },
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
    SegmentedControl: { defaultProps: { transitionDuration: 120 } },
    Table: { defaultProps: { verticalSpacing: 'sm' } },
  },
});
