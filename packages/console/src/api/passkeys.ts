import { startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser';
import { ApiError } from './http.ts';
import type { Challenge } from './types.ts';

/** The browser's own refusals (closed, timed out; already there) as errors that a page can explain. */
async function asked<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    const exists = error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED';
    throw new ApiError(0, { code: exists ? 'passkey_exists' : 'passkey_cancelled' });
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
