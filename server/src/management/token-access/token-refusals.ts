import { type ApiError, authError } from '../../http/api-error.ts';

/** 401: the token lets nobody in. @param why what is wrong with it; never the token itself. */
export function refuseToken(why: string): ApiError {
  return authError(401, `Authentication Error, this token was not accepted: ${why}.`);
}

/** 403: the token is right, and whoever has it may not come in. */
export function refuseHolder(why: string): ApiError {
  return authError(403, `This token was not accepted: ${why}.`);
}
