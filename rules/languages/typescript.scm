; Only in TypeScript's grammars; read after ecmascript.scm.
(public_field_definition name: (_) @field.target value: (_) @field.value)
