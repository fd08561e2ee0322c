export { hashPassword, verifyPassword } from './hash-password.ts';
export {
  checkPasswordPolicy,
  type PresentedPasswordPolicy,
  passwordRefused,
  presentPasswordPolicy,
} from './password-policy.ts';
