; Shell scripts, and every place that holds shell: `run:` blocks, package.json scripts, RUN lines.

(command) @command
(variable_assignment name: (variable_name) @bind.target value: (_) @bind.value)
(for_statement variable: (variable_name) @loop.target) @loop
(function_definition name: (word) @function.name) @function
(redirected_statement) @redirected
(pipeline) @pipeline
