/**
 * What BSI TR-02102-2 (2025-01, sections 3.3 and 3.4) recommends for TLS 1.2 and 1.3, as far as OpenSSL has it: forward
 * secrecy and an AEAD. The page's probe holds the listener to the same list.
 */
export const recommendedCiphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
] as const;

export const tlsOptions = { minVersion: 'TLSv1.2', ciphers: recommendedCiphers.join(':') } as const;
