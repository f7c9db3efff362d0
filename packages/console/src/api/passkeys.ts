import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import { ApiError } from './http.ts';
import type { Challenge } from './types.ts';

/** The browser's own refusals (closed, timed out) as one error that a page can explain. */
async function asked<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch {
    throw new ApiError(0, { code: 'passkey_cancelled' });
  }
}

/** Lets a passkey answer a challenge. */
export async function answerChallenge({ flow, options }: Challenge): Promise<{ flow: string; response: unknown }> {
  return { flow, response: await asked(() => startAuthentication({ optionsJSON: options })) };
}

/** Lets the browser make a passkey. */
export async function makePasskey({ flow, options }: Challenge): Promise<{ flow: string; response: unknown }> {
  return { flow, response: await asked(() => startRegistration({ optionsJSON: options })) };
}
