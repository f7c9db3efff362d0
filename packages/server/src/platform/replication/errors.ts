/** What can go wrong between Obhut and a PostgreSQL that it copies. Never a text of the server: it may hold anything. */
export type ReplicationCode =
  /** Nobody answers at the address, or the certificate does not hold. */
  | 'replication_unreachable'
  /** The server said no; `sqlState` says why (PostgreSQL, appendix A). */
  | 'replication_refused'
  /** The connection broke. What was under way has to begin anew. */
  | 'replication_lost'
  /** A way of signing in, a tablespace or a version that Obhut does not do. */
  | 'replication_unsupported'
  /** An answer that the protocol does not allow. */
  | 'replication_protocol';

export class ReplicationError extends Error {
  override readonly name = 'ReplicationError';
  readonly code: ReplicationCode;
  readonly sqlState: string | undefined;
  constructor(code: ReplicationCode, message: string, sqlState?: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }
}
