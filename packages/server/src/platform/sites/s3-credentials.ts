/** Credentials of a bucket: from a file or from the environment, never from obhut.yaml. Nothing of them is ever printed. */
import { readFile, stat } from 'node:fs/promises';
import type { SiteSettings } from '../config/settings.ts';
import { StartError } from '../config/start-error.ts';
import type { S3Credentials } from './s3-site.ts';

type S3Settings = NonNullable<SiteSettings['s3']>;

/** @throws StartError naming the setting, never a value. */
export async function readS3Credentials(
  site: string,
  s3: S3Settings,
  environment: NodeJS.ProcessEnv,
): Promise<S3Credentials> {
  const values =
    s3.credentialsFile === undefined
      ? fromEnvironment(s3.credentialsEnv ?? '', environment)
      : await fromFile(site, s3.credentialsFile);
  const { accessKeyId = '', secretAccessKey = '', sessionToken = '' } = values;
  if (accessKeyId === '' || secretAccessKey === '')
    throw new StartError(
      'setting_invalid',
      s3.credentialsFile === undefined
        ? `sites: ${site}, s3.credentialsEnv: ${s3.credentialsEnv}_ACCESS_KEY_ID or ${s3.credentialsEnv}_SECRET_ACCESS_KEY is not set.`
        : `sites: ${site}, s3.credentialsFile: it lacks aws_access_key_id or aws_secret_access_key.`,
      'docs/sites.md shows both ways.',
    );
  return { accessKeyId, secretAccessKey, ...(sessionToken !== '' && { sessionToken }) };
}

const fromEnvironment = (prefix: string, environment: NodeJS.ProcessEnv) => ({
  accessKeyId: environment[`${prefix}_ACCESS_KEY_ID`],
  secretAccessKey: environment[`${prefix}_SECRET_ACCESS_KEY`],
  sessionToken: environment[`${prefix}_SESSION_TOKEN`],
});

/** In the form of an AWS credentials file with one profile. */
async function fromFile(site: string, path: string) {
  const where = `sites: ${site}, s3.credentialsFile`;
  let text: string;
  try {
    if (((await stat(path)).mode & 0o077) !== 0)
      throw new StartError('setting_invalid', `${where}: others may read it.`, 'Set its mode to 0600.');
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError('setting_invalid', `${where}: it cannot be read.`, 'Check path and mode.');
  }
  const lines = new Map(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^\s*(aws_[a-z_]+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
  return {
    accessKeyId: lines.get('aws_access_key_id'),
    secretAccessKey: lines.get('aws_secret_access_key'),
    sessionToken: lines.get('aws_session_token'),
  };
}
