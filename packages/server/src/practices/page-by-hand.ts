/** How a proof of the page is checked with what every system has: curl, openssl and Node, nothing of ours. */
import type { Language } from './page-words.ts';

const comments = {
  de: {
    number: 'die Nummer des Eintrags; sie steht im Link „selbst prüfen“',
    key: 'der Schlüssel: einmal von hier notiert, dann nie wieder',
    entry: 'was gemessen wurde',
    signature: 'der Prüfpunkt und seine Unterschrift (Ed25519)',
    path: 'der Weg vom Eintrag zur unterschriebenen Wurzel (RFC 9162, 2.1.3.2)',
    good: 'der Eintrag steht im Protokoll',
    bad: 'er steht NICHT darin',
  },
  en: {
    number: 'the number of the entry; it stands in the link “verify yourself”',
    key: 'the key: taken from here once, and never again',
    entry: 'what was measured',
    signature: 'the checkpoint and its signature (Ed25519)',
    path: 'the path from the entry to the signed root (RFC 9162, 2.1.3.2)',
    good: 'the entry is in the log',
    bad: 'it is NOT in it',
  },
} as const;

export function byHand({ url, logKey, language }: { url: string; logKey: string; language: Language }): string {
  const say = comments[language];
  return `N=0            # ${say.number}
KEY='${logKey}'   # ${say.key}
curl -s ${url}/log/page/proof/$N > proof
# ${say.entry}
sed -n 's/^extra //p' proof | base64 -d; echo
# ${say.signature}
sed '1,/^$/d' proof | sed '/^$/,$d' > body
grep '^— ' proof | head -n 1 | awk '{print $3}' | base64 -d | tail -c 64 > sig
{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
  printf '%s' "$KEY" | sed 's/^[^+]*+[^+]*+//' | base64 -d | tail -c 32; } > key.der
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in body -sigfile sig
# ${say.path}
node -e '
const { createHash } = require("crypto"), lines = require("fs").readFileSync("proof", "utf8").split("\\n");
const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const end = lines.indexOf(""), [, size, root] = lines.slice(end + 1);
let hash = sha(Buffer.from([0]), Buffer.from(lines[1].slice(6), "base64"));
let at = BigInt(lines[2].slice(6)), last = BigInt(size) - 1n;
for (const text of lines.slice(3, end)) {
  const other = Buffer.from(text, "base64");
  if (at & 1n || at === last) {
    hash = sha(Buffer.from([1]), other, hash);
    while (!(at & 1n) && at > 0n) { at >>= 1n; last >>= 1n; }
  } else hash = sha(Buffer.from([1]), hash, other);
  at >>= 1n; last >>= 1n;
}
console.log(hash.toString("base64") === root && last === 0n ? "${say.good}" : "${say.bad}");'`;
}
