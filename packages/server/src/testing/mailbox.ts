/** A mail server that keeps what it gets. */
import { SMTPServer } from 'smtp-server';

export interface Mail {
  readonly to: readonly string[];
  readonly text: string;
}

export interface Mailbox {
  readonly port: number;
  readonly mails: Mail[];
  /** The next letters are answered with this code (421: try again, 550: never). */
  refuse(code: number | undefined): void;
  close(): Promise<void>;
}

export async function createMailbox(port = 0): Promise<Mailbox> {
  const mails: Mail[] = [];
  let refusal: number | undefined;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusal !== undefined) return done(Object.assign(new Error('no'), { responseCode: refusal }));
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    mails,
    refuse(code) {
      refusal = code;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
