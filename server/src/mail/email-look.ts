/** What all mails of a gateway share. */
export interface EmailLook {
  /** The gateway's public address, for the footer; null when nobody has set one. */
  readonly baseUrl: string | null;
  /** `EMAIL_LOGO_URL`; null: the product's name stands there. */
  readonly logoUrl: string | null;
  /** `EMAIL_SUPPORT_CONTACT`: an address or a link. */
  readonly supportContact: string | null;
  /** `EMAIL_SIGNATURE`: the footer, HTML of a few plain tags. */
  readonly signature: string | null;
}
