// Asks Cedar's own engine: node cedar_check.mjs CEDAR_MODULE SCHEMA POLICY REQUESTS
// REQUESTS is a JSON list of isAuthorized calls without schema and policies. Prints one JSON
// object: {errors: [...], warnings: [...], decisions: ["allow" | "deny" | "error: ..."]}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [module, schemaFile, policyFile, requestsFile] = process.argv.slice(2);
const cedar = createRequire(import.meta.url)(module);
const schema = readFileSync(schemaFile, 'utf8');
const policies = { staticPolicies: readFileSync(policyFile, 'utf8') };

const answer = cedar.validate({ schema, policies, validationSettings: { mode: 'strict' } });
const message = (e) => e.error?.message ?? e.message ?? String(e);
const errors = (answer.type === 'success' ? answer.validationErrors : answer.errors).map(message);
const warnings = [...(answer.validationWarnings ?? []), ...(answer.otherWarnings ?? [])].map(message);

function decide(request) {
  const result = cedar.isAuthorized({ ...request, schema, policies, validateRequest: true });
  if (result.type !== 'success') return 'error: ' + result.errors.map(message).join('; ');
  const failed = result.response.diagnostics.errors;
  return failed.length ? 'error: ' + failed.map(message).join('; ') : result.response.decision;
}

console.log(JSON.stringify({ errors, warnings, decisions: JSON.parse(readFileSync(requestsFile, 'utf8')).map(decide) }));
