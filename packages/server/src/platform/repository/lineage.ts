/**
 * Which history the backups belong to. A restored database writes other log at the same places; under the old name it would be
 * mixed with what was there (CrunchyData/postgres-operator#3443). So each restore begins a new one.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../files/durable.ts';
import { isLineage } from './names.ts';

const fileOf = (data: string) => join(data, 'backup-lineage');

export async function renewLineage(data: string): Promise<string> {
  const lineage = randomBytes(8).toString('hex');
  await replaceFile(fileOf(data), Buffer.from(`${lineage}\n`));
  return lineage;
}

/** The one of this installation, where there is one. */
export async function readLineage(data: string): Promise<string | undefined> {
  const text = (await readFile(fileOf(data), 'utf8').catch(() => '')).trim();
  return isLineage(text) ? text : undefined;
}

/** The one of this installation; made where there is none. */
export async function loadLineage(data: string): Promise<string> {
  return (await readLineage(data)) ?? renewLineage(data);
}
