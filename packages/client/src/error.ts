import type { ProblemBody } from './types.ts';

/**
 * Codes that this package adds to those of the server. All have the status 0, but for `outcome_unknown`, which the server
 * says too.
 *
 * - `unreachable`: no answer, or none in time
 * - `interrupted`: the answer broke off before its end
 * - `answer_invalid`: the answer is not one of Obhut
 * - `outcome_unknown`: it may have been done, or not
 */
export type OwnCode = 'unreachable' | 'interrupted' | 'answer_invalid' | 'outcome_unknown';

export interface ErrorMembers {
  /** JSON pointer or name of the field that is wrong. */
  readonly field?: string | undefined;
  /** What is wrong with it, without its value. */
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

/** The one error of this package. `code` is stable; `title` is for people, in the language asked for. */
export class ObhutError extends Error {
  override readonly name = 'ObhutError';
  readonly code: string;
  /** The status of the HTTP answer; 0 without one. */
  readonly status: number;
  readonly title: string;
  readonly field: string | undefined;
  readonly reason: string | undefined;

  constructor(code: string, status: number, title: string, { field, reason, cause }: ErrorMembers = {}) {
    const where = field === undefined ? '' : ` ${field}`;
    super(`${title}${where}${reason === undefined ? '' : `: ${reason}`} (${code})`, { cause });
    this.code = code;
    this.status = status;
    this.title = title;
    this.field = field;
    this.reason = reason;
  }
}

const ownTitles: Readonly<Record<OwnCode, Readonly<Record<Language, string>>>> = {
  unreachable: { de: 'Obhut ist nicht erreichbar.', en: 'Obhut cannot be reached.' },
  interrupted: { de: 'Die Antwort ist mittendrin abgebrochen.', en: 'The answer broke off before its end.' },
  answer_invalid: { de: 'Die Antwort ist keine von Obhut.', en: 'The answer is not one of Obhut.' },
  outcome_unknown: {
    de: 'Es ist nicht bekannt, ob es geklappt hat. Lies nach, bevor du es wiederholst.',
    en: 'It is not known whether it worked. Read before you repeat it.',
  },
};

/** The language of the sentences in errors. */
export type Language = 'de' | 'en';

/** An error that this package found by itself. */
export function ownError(code: OwnCode, language: Language, members: ErrorMembers = {}): ObhutError {
  return new ObhutError(code, 0, ownTitles[code][language], members);
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** The error of an answer that is not a success: a problem of the server, or of whatever stands in front of it. */
export async function errorOf(response: Response, language: Language): Promise<ObhutError> {
  const text = await response.text().catch(() => '');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy answers in HTML. Its page says nothing to a program.
  }
  if (!isProblem(body)) {
    const known = response.status === 502 || response.status === 503 || response.status === 504;
    const { title } = ownError(known ? 'unreachable' : 'answer_invalid', language);
    return new ObhutError(known ? 'unreachable' : 'answer_invalid', response.status, title);
  }
  return new ObhutError(body.code, response.status, textOf(body.title) ?? body.code, {
    field: textOf(body.field),
    reason: textOf(body.reason),
  });
}
