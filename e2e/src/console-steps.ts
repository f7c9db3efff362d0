/** Steps that several people of the console's story take. */
import type { Page } from 'playwright-core';
import type { Visitor } from './browser.ts';

/** Opens a one-time link and sets up a passkey with it. */
export async function joinWithPasskey(
  visitor: Visitor,
  link: string,
  profile?: { name: string; email: string },
): Promise<void> {
  const { page } = visitor;
  await page.goto(link);
  if (profile !== undefined) {
    await page.getByLabel('Name').fill(profile.name);
    await page.getByLabel('Email address').fill(profile.email);
  }
  await page.getByRole('button', { name: 'Set up a passkey' }).click();
}

/** By the navigation; the name may be followed by a count. */
export const go = (page: Page, name: string) =>
  page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .click();

/** Invites from a list of people that is open, and takes the link that is shown. */
export async function invite(
  page: Page,
  button: string,
  who: { name: string; email: string; role?: string },
): Promise<string> {
  await page.getByRole('button', { name: button }).first().click();
  const dialog = page.getByRole('dialog', { name: button });
  await dialog.getByLabel('Name').fill(who.name);
  await dialog.getByLabel('Email address').fill(who.email);
  if (who.role !== undefined) await dialog.getByLabel(who.role, { exact: true }).check();
  await dialog.getByRole('button', { name: button }).click();
  const link = await page.getByTestId('one-time-link').innerText();
  const handed = page.getByRole('dialog', { name: 'Hand over the link' });
  await handed.getByRole('button', { name: 'Close' }).click();
  await handed.waitFor({ state: 'hidden' });
  return link;
}
