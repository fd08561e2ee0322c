export { confirmPassword } from './confirm-password.ts';
export { countHashedPasswords, hashPassword, verifyPassword } from './hash-password.ts';
export {
  checkPasswordPolicy,
  passwordRefused,
  presentPasswordPolicy,
} from './password-policy.ts';
export { createSignInThrottle, type SignInThrottle } from './sign-in-throttle.ts';
