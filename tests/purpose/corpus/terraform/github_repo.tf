# credential: github GITHUB_TOKEN_TF
# file: main.tf
variable "github_token" {}
provider "github" {
  token = var.github_token
}
# need: administration.write
resource "github_repository" "site" {
  name = "site"
}
# file: ci.sh
#!/bin/sh
export TF_VAR_github_token=$GITHUB_TOKEN_TF
terraform apply -auto-approve
