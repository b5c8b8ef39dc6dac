// credential: gitlab GITLAB_TOKEN
// file: src/mr.ts
import { Gitlab } from '@gitbeaker/rest';
const api = new Gitlab({ token: process.env.GITLAB_TOKEN });
// need: issue.write
export const issue = (title: string) => api.Issues.create(42, { title });
