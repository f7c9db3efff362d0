import type { TestProject } from 'vitest/node';
import { startTestCluster } from './packages/server/src/testing/cluster.ts';

/** Starts the PostgreSQL that all tests share, and ends it when they are done. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startTestCluster();
  project.provide('cluster', cluster.address);
  return cluster.stop;
}
