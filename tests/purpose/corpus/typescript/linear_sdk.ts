// credential: linear LINEAR_API_KEY
// file: src/issues.ts
import { LinearClient } from '@linear/sdk';
const linear = new LinearClient({ apiKey: process.env.LINEAR_API_KEY });
// need: issue.create
export const report = (title: string) => linear.createIssue({ teamId: 't', title });
