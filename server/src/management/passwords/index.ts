export { hashPassword, verifyPassword } from './hash-password.ts';
export {
  checkPasswordPolicy,
  passwordRefused,
  presentPasswordPolicy,
} from './password-policy.ts';
