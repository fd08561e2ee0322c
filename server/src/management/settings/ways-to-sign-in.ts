import type { Call } from '../../http/call.ts';

/** What the sign-in page offers, from whoever knows it. */
export interface WaysToSignIn {
  offer(call: Pick<Call, 'baseUrl'>): Promise<{
    readonly providers: readonly { readonly name: string; readonly label: string; readonly login_url: string }[];
    /** False where only admins may still sign in with a password. */
    readonly passwordSignIn: boolean;
    /** The page goes on to the first provider by itself. */
    readonly autoRedirect: boolean;
  }>;
}
