// certificates.ts — an authority and what it signs, made when a test asks: nothing that expires lies in the repository.

import { generateKeyPairSync } from "node:crypto";
import forge from "node-forge";

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const SIGNING = { name: "keyUsage", keyCertSign: true, cRLSign: true, digitalSignature: true };
let serial = 1;

export class Authority {
  readonly certificate: Certificate;

  constructor(name = "test authority") {
    this.certificate = make(name, undefined, [{ name: "basicConstraints", cA: true }, SIGNING]);
  }

  /** For a server on this machine, or a client of that name. */
  issue(name: string): Certificate {
    const altNames = [
      { type: 2, value: "localhost" },
      { type: 7, ip: "127.0.0.1" },
    ];
    return make(name, this.certificate, [
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      { name: "subjectAltName", altNames },
    ]);
  }
}

function make(
  name: string,
  issuer: Certificate | undefined,
  extensions: readonly object[],
): Certificate {
  const { privateKey: key, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = (serial++).toString(16).padStart(2, "0");
  certificate.validity.notBefore = new Date(Date.now() - DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + DAY_MS);
  const subject = [{ name: "commonName", value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(
    issuer === undefined
      ? subject
      : forge.pki.certificateFromPem(issuer.cert).subject.attributes,
  );
  certificate.setExtensions([...extensions]);
  const signer = forge.pki.privateKeyFromPem(issuer?.key ?? key);
  certificate.sign(signer, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key };
}
