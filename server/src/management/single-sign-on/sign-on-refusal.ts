import { ApiError } from '../../http/api-error.ts';
import { type SignOnRefusalCode, signOnRefusals } from './single-sign-on.contract.ts';

/** Nobody is signed in, for a reason that the person is told. */
export class SignOnRefusal extends ApiError {
  readonly code: SignOnRefusalCode;
  /** At which provider, once that is known; for the log. */
  provider: string | null = null;

  /** @param cause What the log shall say; it never reaches the browser. */
  constructor(code: SignOnRefusalCode, cause?: unknown) {
    const [status, words] = signOnRefusals[code];
    super(status, words, { type: 'auth_error', param: code });
    this.code = code;
    this.cause = cause;
  }
}
