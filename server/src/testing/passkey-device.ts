import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** A security key for tests: makes one passkey and signs with it, as browsers and devices do together. */
export interface PasskeyDevice {
  /** Answers `navigator.credentials.create`. */
  create(options: Record<string, unknown>, origin: string): Record<string, unknown>;
  /** Answers `navigator.credentials.get`. */
  sign(options: Record<string, unknown>, origin: string): Record<string, unknown>;
}

const userPresentAndVerified = 0x05;
const holdsCredential = 0x40;

/** @param isVerifying false for a device that does not ask who is there. */
export function createPasskeyDevice(isVerifying = true): PasskeyDevice {
  const id = randomBytes(16);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const flags = isVerifying ? userPresentAndVerified : 0x01;
  let signatures = 0;

  const answer = (response: Record<string, string>) => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    response,
    clientExtensionResults: {},
  });
  const clientData = (type: string, options: Record<string, unknown>, origin: string) =>
    Buffer.from(JSON.stringify({ type, challenge: options['challenge'], origin, crossOrigin: false }));
  const head = (rpId: string, given: number) => {
    signatures += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(signatures);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([given]), counter]);
  };

  return {
    create(options, origin) {
      const { id: rpId } = options['rp'] as { id: string };
      const credential = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, coseKeyOf(publicKey)]);
      const authData = Buffer.concat([head(rpId, flags | holdsCredential), credential]);
      const attestation = cborMap([
        [cborText('fmt'), cborText('none')],
        [cborText('attStmt'), cborMap([])],
        [cborText('authData'), cborBytes(authData)],
      ]);
      return answer({
        clientDataJSON: clientData('webauthn.create', options, origin).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
      });
    },
    sign(options, origin) {
      const authenticatorData = head(String(options['rpId']), flags);
      const data = clientData('webauthn.get', options, origin);
      const signed = Buffer.concat([authenticatorData, createHash('sha256').update(data).digest()]);
      return answer({
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: createSign('sha256').update(signed).sign(privateKey).toString('base64url'),
      });
    },
  };
}

/** An ES256 public key in the form of RFC 9052. */
function coseKeyOf(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return cborMap([
    [Buffer.from([0x01]), Buffer.from([0x02])], // kty: EC2
    [Buffer.from([0x03]), Buffer.from([0x26])], // alg: ES256 (-7)
    [Buffer.from([0x20]), Buffer.from([0x01])], // crv: P-256
    [Buffer.from([0x21]), cborBytes(Buffer.from(x, 'base64url'))],
    [Buffer.from([0x22]), cborBytes(Buffer.from(y, 'base64url'))],
  ]);
}

function cborMap(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([Buffer.from([0xa0 + entries.length]), ...entries.flat()]);
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

function cborBytes(bytes: Buffer): Buffer {
  const head = bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
}
