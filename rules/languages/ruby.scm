; Ruby: the same captures as for the other languages.

(call) @call
(subshell) @call

(assignment left: (_) @bind.target right: (_) @bind.value)
(operator_assignment left: (_) @bind.target right: (_) @bind.value)

(method) @function
(singleton_method) @function
(block) @scope
(do_block) @scope
(lambda) @scope

(class) @class
(module) @class

(constant) @constant
(heredoc_beginning) @heredoc.begin
(heredoc_body) @heredoc.body
