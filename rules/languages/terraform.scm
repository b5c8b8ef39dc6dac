; Terraform: blocks; what is in them is read by walking.

(block) @block
